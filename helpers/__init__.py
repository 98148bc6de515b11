"""The few functions that the chapters of this course import."""
