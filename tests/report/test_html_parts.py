from crosslook.report.html_parts import image, marked, page, paragraph, table


def test_text_from_files_is_escaped():
    assert marked('<img src=x onerror="a">') == "&lt;img src=x onerror=&quot;a&quot;&gt;"


def test_backticks_are_code_and_double_asterisks_bold():
    assert marked("`cut` is **best**, <b>") == "<code>cut</code> is <b>best</b>, &lt;b&gt;"


def test_a_lonely_mark_stays_as_it_is():
    assert marked("a ` b ** c") == "a ` b ** c"


def test_a_table_sets_numbers_to_the_right_and_scrolls_by_itself():
    made = table(["name", "n"], [["a<b", "3"]])

    assert made == (
        '<div class="wide"><table><tr><th>name</th><th class=n>n</th></tr>'
        "<tr><td>a&lt;b</td><td class=n>3</td></tr></table></div>"
    )


def test_a_page_forbids_scripts_and_addresses():
    made = page("a & b", "p{color:red}", [paragraph("words")])

    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in made
    assert "<title>a &amp; b</title>" in made
    assert "<p>words</p>" in made


def test_a_picture_is_inside_the_page():
    assert image(b"abc", "png", 'a "name"', 40) == (
        '<img src="data:image/png;base64,YWJj" alt="a &quot;name&quot;" width="40">'
    )
