"""The nouns of Aition and the one door through which every explainer works."""
