"""Views: figures, reports and pages from stored explanations; none of them needs torch."""
