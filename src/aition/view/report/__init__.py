"""Reports: one HTML file that needs nothing but itself."""

from aition.view.report.document import Code, Fold, Judged, Mark, Matrix, Picture, Prose, Report, Section, Table
from aition.view.report.overview import overview
from aition.view.report.recommended import recommendation_report
from aition.view.report.render import html
from aition.view.report.standings import Contest, standings_report
from aition.view.report.study import Study, study_section
from aition.view.report.write import write

__all__ = [
    "Code",
    "Contest",
    "Fold",
    "Judged",
    "Mark",
    "Matrix",
    "Picture",
    "Prose",
    "Report",
    "Section",
    "Study",
    "Table",
    "html",
    "overview",
    "recommendation_report",
    "standings_report",
    "study_section",
    "write",
]
