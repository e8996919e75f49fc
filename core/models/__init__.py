"""Networks with their cards: how a picture becomes logits, and how a map gets back."""
