"""Who may call: API keys, their kinds and what each kind may do."""
