"""table: results/evaluate*.json and results/tune_fusion.json -> Table I."""

import click

from crosslook import outputs, results


@click.command("table", short_help="the table of results, with intervals and differences")
@click.option(
    "--format",
    type=click.Choice(["text", "markdown", "latex"]),
    default="text",
    show_default=True,
    help="For the terminal, for a README, for a paper.",
)
def command(format: str) -> None:
    """Print Table I: what each detector and each ensemble reaches on SAR test.

    Reads results/evaluate.json, what stands beside it, and results/tune_fusion.json.
    """
    from crosslook.report import table_documents, table_text

    rows = results.read(outputs.results("evaluate"))
    if format == "latex":
        click.echo(table_documents.latex(rows), nl=False)
        return
    differences = results.read(outputs.results("evaluate_differences"))
    points = results.read(outputs.results("evaluate_operating_points"))
    if format == "markdown":
        click.echo(table_documents.markdown(rows, differences, points), nl=False)
        return
    tuned = results.read(outputs.results("tune_fusion"))["detectors"]
    click.echo("\n".join(table_text.lines(rows, differences, tuned, points)))
