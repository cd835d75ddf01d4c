"""TensorBoard event files as columns: framing, checksums, the protobuf wire format, one vector pass."""
