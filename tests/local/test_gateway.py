"""HTTP requests reach the app as API Gateway would pass them on."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from local.stack import Stack


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_every_method_of_a_resource_is_served(http: httpx.Client, method: str) -> None:
    answer = http.request(method, "/echo/a", headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert answer.json()["method"] == method


def test_a_fixed_path_comes_before_a_parameter(http: httpx.Client) -> None:
    assert http.get("/echo/fixed").json()["name"] == "the fixed one"


def test_query_and_body_arrive_as_they_were_meant(http: httpx.Client) -> None:
    answer = http.put("/echo/a?q=%C3%A9+t%C3%A9&q=2&empty=", json={"prénom": "Zoé"}).json()
    assert answer["query"] == {"q": ["é té", "2"], "empty": [""]}
    assert json.loads(answer["body"]) == {"prénom": "Zoé"}
    assert answer["ip"] == "127.0.0.1"


def test_path_parameters_stay_encoded_as_on_api_gateway(http: httpx.Client) -> None:
    assert http.get("/echo/Jean%20Dupont").json()["name"] == "Jean%20Dupont"


def test_no_query_is_none_and_no_body_is_none(http: httpx.Client) -> None:
    answer = http.get("/echo/a").json()
    assert answer["query"] is None
    assert answer["body"] is None


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("POST", "/echo/a"), ("OPTIONS", "/nowhere")])
def test_what_the_api_does_not_have_is_refused_as_api_gateway_does(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, answer.json()) == (403, {"message": "Missing Authentication Token"})


def test_a_browser_on_an_unknown_page_is_told_in_french(http: httpx.Client) -> None:
    answer = http.get("/ouverture", headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 404
    assert "portail web" in answer.text


def test_preflight_answers_the_apps_cors(http: httpx.Client) -> None:
    answer = http.options(
        "/echo/a", headers={"Origin": "http://portal.example", "Access-Control-Request-Method": "PUT"}
    )
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "http://portal.example"
    assert set(answer.headers["Access-Control-Allow-Methods"].split(",")) == {
        "GET",
        "PUT",
        "DELETE",
        "PATCH",
        "OPTIONS",
    }
    assert answer.headers["Access-Control-Max-Age"] == "600"


def test_a_body_beyond_ten_megabytes_is_refused(http: httpx.Client) -> None:
    assert http.put("/echo/a", content=b"0" * (10 * 1024 * 1024 + 1)).status_code == 413


def test_each_of_many_simultaneous_requests_sees_itself(stack: Stack) -> None:
    def ask(number: int) -> bool:
        with httpx.Client(transport=httpx.WSGITransport(app=stack.wsgi), base_url=stack.url) as client:
            return client.get(f"/slow/{number}").json() == {"asked": str(number), "seen": str(number)}

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(80)))
