"""The assistant: which of a closed list of questions somebody asks, or none of them (H104–H107, M96–M98)."""
