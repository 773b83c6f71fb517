"""Rankings: the divisions of one level below a division, by place."""
