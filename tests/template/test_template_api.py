"""The way in: which request starts which function, how many, and what is written down of it."""

import json

import pytest

# The doors that are open to the world, and where requests to each come from.
DOORS = {
    "ANY /v1/forms/{form_id}/leads": "/*/*/v1/forms/*/leads",
    "ANY /v1/partners/{partner_id}/leads": "/*/*/v1/partners/*/leads",
    "ANY /v1/partners/{partner_id}/pings": "/*/*/v1/partners/*/pings",
    "ANY /v1/hooks/{hook_id}": "/*/*/v1/hooks/*",
}
# The desk's, for whoever has a token of the identity provider.
OIDC = "ANY /oidc/{proxy+}"
SIGN_IN = "POST /sign-in"  # the desk's as well


def test_each_route_starts_its_function(find):
    """Whoever sends leads comes to capture; everything else, unknown paths too, is the desk's."""
    integrations = find("AWS::ApiGatewayV2::Integration")
    started = {}
    for route in find("AWS::ApiGatewayV2::Route").values():
        integration = integrations[route["Target"]["Fn::Sub"].split("${")[1].rstrip("}")]
        assert integration["PayloadFormatVersion"] == "2.0"
        started[route["RouteKey"]] = integration["IntegrationUri"]["Fn::GetAtt"][0]
    assert started == {
        **dict.fromkeys(DOORS, "CaptureFunction"),
        **dict.fromkeys(("$default", OIDC, SIGN_IN), "DeskFunction"),
    }


@pytest.mark.parametrize(
    ("function", "routes"),
    [
        ("CaptureFunction", set(DOORS.values())),
        ("DeskFunction", {"/*/$default", "/*/POST/sign-in", "/*/*/oidc/*"}),
    ],
)
def test_only_its_own_routes_may_start_a_function(find, function, routes):
    """A permission for the whole API would let any new route reach any function."""
    permissions = [
        made
        for made in find("AWS::Lambda::Permission").values()
        if made["FunctionName"] == {"Ref": function}
    ]
    assert {made["Principal"] for made in permissions} == {"apigateway.amazonaws.com"}
    sources = [made["SourceArn"]["Fn::Sub"].partition(":${Api}")[2] for made in permissions]
    assert sorted(sources) == sorted(routes)


def test_what_the_desk_believes_of_a_token_api_gateway_has_verified(find, resources, template):
    """Claims reach the desk by this route only; without a provider there is no such route."""
    for name in ("OidcAuthorizer", "OidcRoute", "OidcPermission"):
        assert resources[name]["Condition"] == "HasJwt"
    (authorizer,) = find("AWS::ApiGatewayV2::Authorizer").values()
    assert authorizer["AuthorizerType"] == "JWT"
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert authorizer["JwtConfiguration"]["Issuer"] == {"Ref": "JwtIssuer"}
    verified = {
        route["RouteKey"]
        for route in find("AWS::ApiGatewayV2::Route").values()
        if route.get("AuthorizationType") == "JWT"
        and route["AuthorizerId"] == {"Ref": "OidcAuthorizer"}
    }
    assert verified == {OIDC}
    given = [template["Parameters"][name]["Default"] for name in ("JwtIssuer", "JwtAudience")]
    assert given == ["", ""]


def test_capture_answers_preflights_itself(find):
    """API Gateway's own CORS would answer for all forms alike, and overwrite what capture says."""
    (api,) = find("AWS::ApiGatewayV2::Api").values()
    assert "CorsConfiguration" not in api
    assert api["ProtocolType"] == "HTTP"


def test_a_flood_at_a_door_is_limited_more_tightly_than_the_rest(find, template):
    """No door must use up what reps and managers need, nor what the other doors need."""
    (stage,) = find("AWS::ApiGatewayV2::Stage").values()
    default, doors = stage["DefaultRouteSettings"], stage["RouteSettings"]
    assert doors.keys() == {*DOORS, SIGN_IN}  # each with settings of its own has a count of its own
    asking = doors[SIGN_IN]
    assert asking == {"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 50}
    for door in (doors[key] for key in DOORS):
        for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
            assert template["Parameters"][door[limit]["Ref"]]["Default"] < default[limit]


def test_the_stage_waits_for_the_routes_whose_limits_it_sets(find, resources):
    """Limits name a route by its key; AWS refuses a key that is not there yet."""
    routes = find("AWS::ApiGatewayV2::Route")
    waited_for = {routes[name]["RouteKey"] for name in resources["ApiStage"]["DependsOn"]}
    assert waited_for == {*DOORS, SIGN_IN}
    assert resources["ApiStage"]["Properties"]["StageName"] == "$default"
    assert resources["ApiStage"]["Properties"]["AutoDeploy"] is True


def test_the_access_log_holds_nothing_personal_and_no_link(find):
    """Accept links carry their token in the path; an address is personal data."""
    (stage,) = find("AWS::ApiGatewayV2::Stage").values()
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert logged == {
        "requestId": "$context.requestId",
        "routeKey": "$context.routeKey",
        "status": "$context.status",
        "latency": "$context.responseLatency",
        "integrationError": "$context.integrationErrorMessage",
    }
