"""How dates look where Django's own formats of a language would not do; the settings name this package."""
