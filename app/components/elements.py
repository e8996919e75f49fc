"""What the scripts of our components make elements with."""

MAKE = """
const make = (tag, name, text) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
};
"""
"""A function of a tag, its class and its text; without one it stays empty."""
