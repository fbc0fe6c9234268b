"""Generated apps in a browser, each used by several people for what it is there for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.builder import model
from tests.support.postgres import Postgres
from tests.support.sampling import sample
from tests.support.visitors import PASSWORD, Crowd, Visitor, crowd

pytestmark = [
    pytest.mark.browser, pytest.mark.timeout(400), pytest.mark.xdist_group("looks"),
]  # fmt: skip


def the_last_piece_is_sold_once(people: Crowd) -> None:
    keeper = people.member("Ada", role="admin")
    keeper.visit("/products/new")
    keeper.fill({"Name": "Moon vase", "Price": "35", "In stock": "2"})
    keeper.choose("Category", "Ceramics")
    keeper.save()
    product = keeper.page.url.removeprefix(people.app.url)

    first = people.guest("Ben")
    _put_in_cart(first, product)
    first.page.get_by_role("link", name="Cart (1)").click()
    first.sees("Total: €35.00")
    first.looks("cart")
    first.follow("Check out")
    first.sees("To order you need an account.")
    first.follow("Create an account")
    first.sign_up()
    first.looks("checkout")
    _order(first)
    first.sees("Simulated payment")
    first.looks("order")
    first.press("Pay 35.00 EUR")
    first.sees("Paid (simulated)")
    keeper.visit(product)
    keeper.fact("In stock", "1")

    second, third = people.member("Cleo"), people.member("Dan")
    for buyer in (second, third):
        _put_in_cart(buyer, product)
    third.visit("/checkout")
    second.visit("/checkout")
    _order(second)
    second.sees("Simulated payment")
    with third.refused(409):
        _order(third)
    third.visit("/cart")
    third.sees("Sold out")
    third.looks("sold-out")
    third.visit(product)
    third.sees("Sold out")
    expect(third.main.get_by_role("button", name="Add to cart")).to_have_count(0)
    keeper.visit(product)
    keeper.fact("In stock", "0")
    keeper.visit("/orders")
    keeper.looks("orders")


def _put_in_cart(buyer: Visitor, product: str) -> None:
    buyer.visit(product)
    buyer.press("Add to cart")
    buyer.sees("1 in the cart")


def _order(buyer: Visitor) -> None:
    buyer.fill({"Address": "1 Kiln Lane\nStoke"})
    buyer.press("Place the order")


def a_time_is_booked_once(people: Crowd) -> None:
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=7)).date().isoformat()
    first = people.guest("Ada")
    first.visit("/stylists")
    first.follow("Noor")
    stylist = first.page.url.removeprefix(people.app.url)
    first.follow("Log in to book")
    first.follow("Create one")
    first.sign_up()
    expect(first.page).to_have_url(people.app.url + stylist)
    first.fill({"Day": day})
    slots = first.main.get_by_role("group").get_by_role("button")
    slots.nth(2).click()
    expect(slots.nth(2)).to_have_attribute("aria-pressed", "true")
    first.looks("slots")
    first.follow("Book ")
    first.choose("Service", "Beard trim")
    first.looks("booking")
    first.save()
    first.sees("Noor")

    second = people.member("Ben")
    second.visit(stylist)
    second.fill({"Day": day})
    taken = second.main.get_by_role("button", name="not free")
    expect(taken).to_have_count(1)
    expect(taken).to_be_disabled()
    second.visit("/calendar")
    second.looks("calendar")

    chair = stylist.rsplit("/", 1)[-1]
    _, offered = second.asks("GET", f"/chairs/{chair}/slots?day={day}&zone=UTC")
    _, services = second.asks("GET", "/services")
    free = next(each for each in reversed(offered["slots"]) if each["free"])
    booking = {
        "chair_id": chair, "service_id": services["items"][0]["id"],
        "starts_at": free["start"], "ends_at": free["end"],
    }  # fmt: skip
    assert _at_once(people, (first, second), booking) == {201: 1, 422: 19}


def _at_once(people: Crowd, visitors: tuple[Visitor, ...], booking: object) -> Counter[int]:
    """How often the API gave each answer to twenty who want the same."""
    with ExitStack() as stack, ThreadPoolExecutor(20) as threads:
        clients = [
            stack.enter_context(people.app.member(each.email, PASSWORD)) for each in visitors
        ]

        def book(number: int) -> int:
            client: httpx.Client = clients[number % len(clients)]
            return client.post("/api/appointments", json=booking, timeout=60).status_code

        return Counter(threads.map(book, range(20)))


def a_ticket_is_solved_and_stays_so(people: Crowd) -> None:
    customer = people.member("Cleo")
    customer.visit("/tickets/new")
    customer.fill({"Subject": "The printer is on fire", "What happened?": "It **burns**."})
    customer.looks("form")
    customer.save()
    ticket = customer.page.url.removeprefix(people.app.url)

    agent = people.member("Ada", role="agent")
    agent.visit("/tickets")
    agent.follow("The printer is on fire")
    agent.press("Start")
    expect(agent.main.get_by_role("heading", name="Status: In progress")).to_be_focused()
    agent.press("Solve")
    expect(agent.main.get_by_role("heading", name="Status: Solved")).to_be_focused()
    steps = agent.main.get_by_role("list", name="History").get_by_role("listitem")
    expect(steps).to_have_count(3)
    expect(steps.nth(0)).to_contain_text("In progress → Solved")
    expect(steps.nth(1)).to_contain_text("Open → In progress")
    expect(steps.nth(1)).to_contain_text("Ada")
    agent.looks("ticket")
    agent.visit("/board")
    agent.looks("board")

    customer.visit(ticket)
    expect(customer.main.get_by_role("heading", name="Status: Solved")).to_be_visible()
    panel = customer.main.get_by_role("region", name="Status: Solved")
    expect(panel.get_by_role("button")).to_have_count(0)
    status, answer = customer.asks("PATCH", ticket, {"status": "open"})
    assert (status, list(answer["errors"])) == (422, ["status"])
    assert customer.asks("GET", ticket)[1]["status"] == "solved"


def a_course_is_filled_and_work_graded(people: Crowd) -> None:
    teacher = people.member("Ada", role="teacher")
    teacher.visit("/courses/new")
    teacher.fill({"Title": "Etching", "Summary": "Copper and acid.", "Seats": "1"})
    teacher.main.get_by_label("Level").select_option(label="Beginner")
    teacher.save()
    course = teacher.page.url.removeprefix(people.app.url)
    teacher.press("Add Assignment")
    teacher.fill({"Title": "A first plate", "Task": "Etch **one** plate."})
    teacher.save()
    teacher.follow("A first plate")
    assignment = teacher.page.url.removeprefix(people.app.url)

    student, late = people.member("Ben"), people.member("Cleo")
    for each in (student, late):
        each.visit(course)
        each.follow("Add Enrolment")
        each.fill({"Why this course?": "I like copper."})
    student.save()
    student.sees("Active")
    with late.refused(422):
        late.press("Save")
    late.sees("This course is full")
    late.looks("full")

    student.visit(course)
    student.follow("A first plate")
    student.follow("Add Submission")
    student.fill({"Answer": "Here is my plate."})
    student.save()
    work = student.page.url.removeprefix(people.app.url)
    teacher.visit("/submissions")
    teacher.follow("Here is my plate.")
    teacher.follow("Edit")
    teacher.fill({"Grade": "87", "Remarks": "Clean lines."})
    teacher.save()
    student.visit(work)
    student.fact("Grade", "87")
    expect(student.main.get_by_role("heading", name="Remarks")).to_be_visible()
    student.sees("Clean lines.")
    student.looks("graded")
    late.visit(assignment)
    late.misses("Here is my plate.")
    _a_quiz_is_marked(teacher, student)


def _a_quiz_is_marked(teacher: Visitor, student: Visitor) -> None:
    _, quiz = teacher.asks("POST", "/quizzes", {"title": "Metals"})
    for text, answer in (("What etches copper?", "acid"), ("What is red?", "copper")):
        question = {"text": text, "choices": ["acid", "copper"], "answer": answer}
        assert teacher.asks("POST", "/questions", question | {"quiz_id": quiz["id"]})[0] == 201
    student.visit("/quiz")
    student.looks("quizzes")
    student.follow("Metals")
    student.press("Start")
    for group in student.main.get_by_role("group").all():
        group.get_by_label("Acid").check()
    student.looks("quiz")
    student.press("Hand in")
    student.sees("1 of 2 right")
    student.looks("marks")


def a_deal_goes_over_the_board(people: Crowd) -> None:
    seller = people.member("Ada", organisation="Acme")
    _, company = seller.asks("POST", "/companies", {"name": "Globex"})
    for title in ("Reactor", "Turbine"):
        seller.visit("/deals/new")
        seller.fill({"Title": title, "Value": "1200"})
        seller.choose("Company", "Globex")
        seller.save()
    deal = seller.page.url.removeprefix(people.app.url)

    seller.visit("/board")
    columns = {
        name: seller.main.get_by_role("region", name=name)
        for name in ("Lead", "Qualified", "Proposal", "Won", "Lost")
    }
    menu = seller.main.get_by_role("combobox", name="Move “Turbine”")
    menu.focus()
    seller.page.keyboard.press("ArrowDown")
    expect(columns["Qualified"].get_by_role("link", name="Turbine")).to_be_visible()
    expect(menu).to_be_focused()
    menu.select_option(label="Proposal")
    expect(columns["Proposal"].get_by_role("link", name="Turbine")).to_be_visible()
    menu.select_option(label="Won")
    expect(columns["Won"].get_by_role("link", name="Turbine")).to_be_visible()
    expect(menu).to_have_count(0)
    _a_refused_move_is_taken_back(seller)
    seller.looks("board")
    seller.visit(deal)
    assert seller.asks("GET", deal)[1]["closed_at"] is not None
    expect(
        seller.main.locator("dl > div").filter(has_text="Closed").locator("time")
    ).to_be_visible()
    seller.looks("deal")
    for path in ("/dashboard", "/figures", "/organisation"):
        seller.visit(path)
        seller.looks(path[1:])

    rival = people.member("Ben", organisation="Rival")
    for path in ("/board", "/companies"):
        rival.visit(path)
        rival.misses("Turbine")
        rival.misses("Globex")
    assert rival.asks("GET", deal)[0] == 404
    assert rival.asks("GET", f"/companies/{company['id']}")[0] == 404
    assert rival.asks("PATCH", deal, {"title": "Mine"})[0] == 404
    with rival.refused(404):
        rival.visit(deal)


def _a_refused_move_is_taken_back(seller: Visitor) -> None:
    """Somebody else has lost the deal meanwhile."""
    _, found = seller.asks("GET", "/deals?q=Reactor")
    address = f"/deals/{found['items'][0]['id']}"
    assert seller.asks("PATCH", address, {"stage": "lost"})[0] == 200
    with seller.refused(422):
        menu = seller.main.get_by_role("combobox", name="Move “Reactor”")
        menu.select_option(label="Qualified")
    seller.sees("“Reactor” stays where it was")
    lead = seller.main.get_by_role("region", name="Lead")
    expect(lead.get_by_role("link", name="Reactor")).to_be_visible()


def a_post_reaches_who_follows(people: Crowd) -> None:
    author, reader, stranger = (people.member(name) for name in ("Ada", "Ben", "Cleo"))
    for each, title in ((author, "A walk by the sea"), (stranger, "Nothing of note")):
        each.visit("/posts/new")
        each.fill({"Title": title, "What is new?": "Windy, and bright."})
        each.save()

    reader.visit("/following")
    reader.fill({"Find a person by name": "Ada"})
    reader.follow("Ada")
    reader.press("Follow")
    expect(reader.main.get_by_role("button", name="Stop following")).to_be_visible()
    reader.looks("person")
    reader.visit("/news")
    reader.sees("A walk by the sea")
    reader.misses("Nothing of note")
    reader.looks("feed")
    reader.main.get_by_role("heading").get_by_role("link", name="A walk by the sea").click()
    reader.fill({"Your comment": "I was there too!"})
    reader.press("Comment")
    expect(reader.main.get_by_role("listitem").filter(has_text="I was there too!")).to_be_visible()
    reader.looks("post")

    author.visit("/")
    author.page.get_by_role("link", name="Notifications, 2 unread").click()
    author.sees("commented")
    author.looks("notifications")
    _a_message_arrives(reader, author)


def _a_message_arrives(reader: Visitor, author: Visitor) -> None:
    reader.visit("/chat")
    reader.fill({"Find a person by name": "Ada"})
    reader.follow("Ada")
    reader.main.get_by_role("textbox").fill("Shall we walk on Sunday?")
    reader.press("Send")
    reader.sees("Shall we walk on Sunday?")
    reader.looks("conversation")
    author.visit("/chat")
    author.sees("Shall we walk on Sunday?")
    author.looks("messages")


JOBS: dict[str, Callable[[Crowd], None]] = {
    "store": the_last_piece_is_sold_once,
    "booking": a_time_is_booked_once,
    "helpdesk": a_ticket_is_solved_and_stays_so,
    "lms": a_course_is_filled_and_work_graded,
    "crm": a_deal_goes_over_the_board,
    "social": a_post_reaches_who_follows,
}


def do(name: str, postgres: Postgres, axe: str, home: Path) -> None:
    with crowd(model(name), postgres.url(), axe, cache=home / "cache") as people:
        JOBS[name](people)


@pytest.mark.parametrize("name", sample(1, JOBS))
def test_people_do_what_an_app_is_for(name: str, postgres: Postgres, axe: str, home: Path) -> None:
    do(name, postgres, axe, home)


@pytest.mark.soak
@pytest.mark.parametrize("name", JOBS)
def test_people_do_what_each_app_is_for(
    name: str, postgres: Postgres, axe: str, home: Path
) -> None:
    do(name, postgres, axe, home)
