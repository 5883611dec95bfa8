"""The lab's page: cells lay out, and work nothing out."""

import marimo

app = marimo.App(width="full", app_title="Lab 04: The Data Factory", css_file="templates/page.css")


@app.cell
def page():
    """Open the page where the ledger says that its student was."""
    import marimo as mo

    from analysis.lab.page import Page

    zones = Page(mo.Thread).zones
    return mo, zones


@app.cell
def command_header(mo, zones):
    """Show whose mission it is, the acts and the badges."""
    header = mo.ui.anywidget(zones["header"])
    header
    return (header,)


@app.cell
def levers_and_telemetry(mo, zones):
    """Show the levers, and beside them, where there is room, the cards and instruments."""
    levers, telemetry = (mo.ui.anywidget(zones[name]) for name in ("levers", "telemetry"))
    mo.Html(f'<div class="lab-grid"><div>{levers}</div><div>{telemetry}</div></div>')
    return levers, telemetry


@app.cell
def audit_trail(mo, zones):
    """Show consequences, tries, and what is defended."""
    trail = mo.ui.anywidget(zones["trail"])
    trail
    return (trail,)


if __name__ == "__main__":
    app.run()
