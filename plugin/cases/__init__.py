"""Case, events, threading and references: functions of values. Pure."""
