"""What runs inside the emulator's processes: its launcher, and what each function's process starts with."""
