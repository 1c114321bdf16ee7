"""How much each client may ask for in a time, counted where requests are answered and shared by all processes through Redis."""
