"""The till: terminals, shifts, sales and returns as the devices recorded them, the catalogue they carry, pickups."""
