"use strict";
// Shows one run at a time and draws its charts from the JSON beside it. All text is in the page already.
(() => {
  const root = document.documentElement;
  const articles = [...document.querySelectorAll("article")];
  const links = [...document.querySelectorAll(".runs a")];
  const CHART_HEIGHT = { lr: 260, loss: 320 };
  const FEW_POINTS = 60; // a line with fewer points shows each of them
  let shown = null; // the run on the screen: {article, drawing, charts, focus}

  const color = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

  // ---- data -------------------------------------------------------------------------------------------------

  // Steps come as differences, values as numbers or null for NaN and infinities.
  function points(line) {
    let step = 0;
    return [line.steps.map((difference) => (step += difference)), line.values];
  }

  function positive([steps, values]) {
    return [steps, values.map((value) => (value > 0 ? value : null))];
  }

  // One table of steps for all lines; undefined marks the steps that a line has no row at, null a gap.
  function table(lines, log) {
    return uPlot.join(lines.map((line) => (log ? positive(points(line)) : points(line))));
  }

  // ---- charts -----------------------------------------------------------------------------------------------

  const STYLES = {
    lr: { stroke: "lr", width: 2 },
    group: { stroke: "group", width: 1.25 },
    fit: { stroke: "fit", width: 9 },
    promised: { stroke: "promised", width: 1.5, dash: [6, 5] },
    loss: { stroke: "loss", width: 1.75 },
    "loss-noisy": { stroke: "loss-soft", width: 1 },
    validation: { stroke: "validation", width: 1.75 },
    "validation-noisy": { stroke: "validation-soft", width: 1 },
  };

  function series(line) {
    const style = STYLES[line.style];
    return {
      label: line.name,
      stroke: color(style.stroke),
      width: style.width,
      dash: style.dash,
      points: { show: line.steps.length < FEW_POINTS && !["fit", "promised"].includes(line.style), size: 5 },
      value: (_, value) => (value == null ? "–" : short(value)),
    };
  }

  function short(value) {
    return value === 0 ? "0" : Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5
      ? value.toExponential(2).replace("e+", "e").replace(/\.?0+e/, "e") : String(+value.toPrecision(4));
  }

  function steps(value) {
    return value == null ? "–" : Math.round(value).toLocaleString("en");
  }

  function axes(log) {
    const shared = { stroke: color("soft"), font: "12px system-ui, sans-serif" };
    const grid = { stroke: color("grid"), width: 1 };
    const ticks = { stroke: color("grid"), width: 1 };
    return [
      { ...shared, grid, ticks, size: 34, values: (_, marks) => marks.map(axisSteps) },
      { ...shared, grid, ticks, size: 62, values: (_, marks) => marks.map((mark) => (mark == null ? "" : short(mark))),
        ...(log ? { filter: decades } : {}) },
    ];
  }

  function axisSteps(step) {
    return step >= 1e6 ? `${+(step / 1e6).toFixed(3)}M` : step >= 1e4 ? `${+(step / 1e3).toFixed(3)}k` : steps(step);
  }

  // On a log axis over several decades label 1, 10, 100; within a few, also 2 and 5.
  function decades(chart, marks) {
    const { min, max } = chart.scales.y;
    const kept = Math.log10(max / min) > 3 ? ["1"] : Math.log10(max / min) > 0.7 ? ["1", "2", "5"] : null;
    return marks.map((mark) => (!kept || kept.includes(mark.toExponential()[0]) ? mark : null));
  }

  // Where the cursor is, each line answers with its nearest row.
  function nearest(chart, index, at) {
    const values = chart.data[index], xs = chart.data[0];
    if (index === 0 || values[at] != null) return at;
    let left = at, right = at;
    while (left >= 0 && values[left] == null) left--;
    while (right < xs.length && values[right] == null) right++;
    if (left < 0) return right < xs.length ? right : at;
    if (right >= xs.length) return left;
    return xs[at] - xs[left] <= xs[right] - xs[at] ? left : right;
  }

  function build(panel, drawing) {
    const key = panel.dataset.panel;
    const log = panel.querySelector(".log").checked;
    const lines = drawing[key];
    const chart = new uPlot(
      {
        width: panel.querySelector(".chart").clientWidth,
        height: Math.min(CHART_HEIGHT[key], Math.max(180, innerHeight * 0.45)),
        scales: { x: { time: false }, y: { distr: log ? 3 : 1 } },
        axes: axes(log),
        series: [{ label: "step", value: (_, value) => steps(value) }, ...lines.map(series)],
        cursor: { sync: { key: "steps", scales: ["x", null] }, dataIdx: nearest, focus: { prox: 24 } },
        focus: { alpha: 0.45 },
        legend: { live: true },
        hooks: { drawClear: [drawBands], draw: [drawCodes], setScale: [(self, scale) => scale === "x" && follow(self)] },
      },
      table(lines, log),
      panel.querySelector(".chart"),
    );
    touchable(chart);
    return chart;
  }

  function rebuild() {
    const range = shown.range;
    shown.charts.forEach((chart) => chart.destroy());
    shown.charts = [...shown.article.querySelectorAll(".panel")].map((panel) => build(panel, shown.drawing));
    const { min, max } = range || extent(); // the charts may begin or end at different steps
    if (shown.charts.length) zoom(min, max);
  }

  // ---- zoom -------------------------------------------------------------------------------------------------

  function extent() {
    const firsts = shown.charts.map((chart) => chart.data[0]);
    return { min: Math.min(...firsts.map((xs) => xs[0])), max: Math.max(...firsts.map((xs) => xs[xs.length - 1])) };
  }

  function zoom(min, max) {
    shown.charts.forEach((chart) => chart.setScale("x", { min, max }));
  }

  // A zoom in one chart is a zoom in all.
  function follow(chart) {
    if (!shown || !shown.charts.includes(chart)) return;
    const { min, max } = chart.scales.x, all = extent();
    const zoomed = min > all.min || max < all.max;
    shown.range = zoomed ? { min, max } : null;
    shown.article.querySelectorAll(".reset").forEach((button) => (button.hidden = !zoomed));
    for (const other of shown.charts) {
      if (other !== chart && (other.scales.x.min !== min || other.scales.x.max !== max)) other.setScale("x", { min, max });
    }
  }

  function reset() {
    const { min, max } = extent();
    zoom(min, max);
  }

  function clamped(min, max) {
    const all = extent(), width = Math.min(max - min, all.max - all.min);
    const start = Math.min(Math.max(min, all.min), all.max - width);
    zoom(start, start + width);
  }

  // One finger moves a zoomed chart sideways, two fingers zoom.
  function touchable(chart) {
    const fingers = new Map();
    let origin = null;
    const xs = () => [...fingers.values()];
    const begin = () => (origin = { xs: xs(), min: chart.scales.x.min, max: chart.scales.x.max });
    const lift = (event) => fingers.delete(event.pointerId) && begin();
    chart.over.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse") return;
      fingers.set(event.pointerId, event.offsetX);
      begin();
    });
    chart.over.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      fingers.set(event.pointerId, event.offsetX);
      const { min, max } = origin, perPixel = (max - min) / chart.over.clientWidth;
      const [a, b] = origin.xs, [c, d] = xs();
      const scale = b === undefined ? 1 : Math.abs(b - a) / Math.max(Math.abs(d - c), 8);
      const start = min + a * perPixel - c * perPixel * scale;
      clamped(b === undefined || a <= b === c <= d ? start : min, start + (max - min) * scale);
    });
    chart.over.addEventListener("pointerup", lift);
    chart.over.addEventListener("pointercancel", lift);
  }

  // ---- findings ---------------------------------------------------------------------------------------------

  // Calls draw(finding, left, right, focused) for every finding that has steps, clipped to the chart.
  function eachFinding(chart, draw) {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const placed = shown.drawing.findings.filter((finding) => finding.first !== null);
    placed.sort((one, other) => one.first - other.first);
    placed.forEach((finding) => {
      const left = chart.valToPos(finding.first, "x", true);
      const right = Math.max(chart.valToPos(finding.last, "x", true), left + 2 * devicePixelRatio);
      ctx.fillStyle = color(finding.severity);
      draw(finding, left, right, shown.drawing.findings[shown.focus] === finding);
    });
    ctx.restore();
  }

  // Below the lines: a band over the steps of each finding.
  function drawBands(chart) {
    const { ctx, bbox } = chart;
    eachFinding(chart, (_, left, right, focused) => {
      ctx.globalAlpha = focused ? 0.25 : 0.09;
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
    });
  }

  // Above the lines: where each finding begins, and its code; codes that would overlap go a row lower.
  function drawCodes(chart) {
    const { ctx, bbox } = chart, ratio = devicePixelRatio, ends = [];
    eachFinding(chart, (finding, left, right, focused) => {
      if (right < bbox.left || left > bbox.left + bbox.width) return;
      ctx.globalAlpha = focused ? 1 : 0.8;
      ctx.fillRect(left, bbox.top, 1.5 * ratio, bbox.height);
      ctx.textAlign = "left";
      ctx.textBaseline = "alphabetic";
      ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
      const width = ctx.measureText(finding.code).width + 8 * ratio, height = 16 * ratio;
      const x = Math.min(Math.max(left, bbox.left), bbox.left + bbox.width - width);
      const free = ends.findIndex((end) => end < x), row = free < 0 ? ends.length : free;
      const top = bbox.top + row * (height + ratio);
      ends[row] = x + width;
      ctx.fillRect(x, top, width, height);
      ctx.fillStyle = color("card");
      ctx.fillText(finding.code, x + 4 * ratio, top + 12 * ratio);
    });
  }

  function focus(index) {
    if (shown.focus === index) return;
    shown.focus = index;
    shown.charts.forEach((chart) => chart.redraw(false));
  }

  function zoomTo(finding) {
    if (finding.first === null || !shown.charts.length) return;
    const all = extent();
    const margin = Math.max((finding.last - finding.first) * 0.5, (all.max - all.min) * 0.04, 5);
    clamped(finding.first - margin, finding.last + margin);
    shown.article.querySelector(".panel").scrollIntoView({ block: "nearest" });
  }

  // ---- runs -------------------------------------------------------------------------------------------------

  function show(article) {
    if (shown && shown.article === article) return;
    if (shown) shown.charts.forEach((chart) => chart.destroy());
    articles.forEach((other) => other.classList.toggle("shown", other === article));
    links.forEach((link) => {
      if (link.hash === `#${article.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    const drawing = JSON.parse(article.querySelector('script[type="application/json"]').textContent);
    shown = { article, drawing, charts: [], focus: null, range: null };
    rebuild();
  }

  function chosen() {
    return articles.find((article) => `#${article.id}` === location.hash)
      || articles.find((article) => article.querySelector(".finding")) || articles[0];
  }

  function choosing(open) {
    document.body.classList.toggle("choosing", open);
    document.querySelector(".menu").setAttribute("aria-expanded", String(open));
  }

  function filter() {
    const words = document.querySelector(".runs input[type=search]").value.toLowerCase();
    const only = document.querySelector(".only input").checked;
    for (const link of links) {
      const item = link.parentElement;
      item.hidden = !link.title.toLowerCase().includes(words) || (only && item.dataset.findings === "0");
    }
  }

  function neighbour(direction) {
    const visible = links.filter((link) => !link.parentElement.hidden);
    const here = visible.findIndex((link) => link.hasAttribute("aria-current"));
    const next = visible[here + direction];
    if (next) {
      location.hash = next.hash;
      next.scrollIntoView({ block: "nearest" });
    }
  }

  // ---- light and dark ---------------------------------------------------------------------------------------

  const wished = matchMedia("(prefers-color-scheme: dark)");

  function theme(name) {
    root.dataset.theme = name;
    if (shown) rebuild();
  }

  // ---- wiring -----------------------------------------------------------------------------------------------

  theme(wished.matches ? "dark" : "light");
  wished.addEventListener("change", () => theme(wished.matches ? "dark" : "light"));
  document.querySelector(".theme").addEventListener("click", () => theme(root.dataset.theme === "dark" ? "light" : "dark"));
  document.querySelector(".menu").addEventListener("click", () => choosing(!document.body.classList.contains("choosing")));
  document.querySelector(".runs").addEventListener("input", filter);
  document.querySelector(".runs ol").addEventListener("click", () => choosing(false));
  document.body.classList.toggle("single", articles.length < 2);
  addEventListener("hashchange", () => show(chosen()));
  addEventListener("resize", () => {
    for (const chart of shown ? shown.charts : []) {
      chart.setSize({ width: chart.root.parentElement.clientWidth, height: chart.height });
    }
  });
  addEventListener("keydown", (event) => {
    if (event.target.matches("input, summary") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") neighbour(1);
    else if (event.key === "k") neighbour(-1);
    else if (event.key === "Escape") reset();
    else return;
    event.preventDefault();
  });
  for (const article of articles) {
    article.querySelectorAll(".log").forEach((box) => box.addEventListener("change", rebuild));
    article.querySelectorAll(".reset").forEach((button) => button.addEventListener("click", reset));
    article.querySelectorAll(".finding").forEach((card) => {
      const index = Number(card.dataset.finding);
      const zoomIn = () => zoomTo(shown.drawing.findings[index]);
      card.addEventListener("mouseenter", () => focus(index));
      card.addEventListener("mouseleave", () => focus(null));
      card.addEventListener("click", (event) => event.target.closest("details") || zoomIn());
      card.addEventListener("keydown", (event) => event.key === "Enter" && event.target === card && zoomIn());
    });
  }
  if (articles.length) show(chosen());
})();
