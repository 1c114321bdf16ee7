"""How much of what can be sold right now, and where: asked for once, or followed as it changes."""
