"""Values to pictures: plotly figures in one theme, and maps as RGB."""
