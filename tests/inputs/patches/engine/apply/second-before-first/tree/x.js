early
early end
between
late
late end
