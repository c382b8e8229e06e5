"""The way in: which request starts which function, how many, and what is written down of it."""

import json

import pytest

CAPTURE = "ANY /v1/forms/{form_id}/leads"


def test_each_route_starts_its_function(find):
    """Forms have a function of their own; everything else, unknown paths too, is the desk's."""
    integrations = find("AWS::ApiGatewayV2::Integration")
    started = {}
    for route in find("AWS::ApiGatewayV2::Route").values():
        integration = integrations[route["Target"]["Fn::Sub"].split("${")[1].rstrip("}")]
        assert integration["PayloadFormatVersion"] == "2.0"
        started[route["RouteKey"]] = integration["IntegrationUri"]["Fn::GetAtt"][0]
    assert started == {CAPTURE: "CaptureFunction", "$default": "DeskFunction"}


@pytest.mark.parametrize(
    ("function", "route"),
    [("CaptureFunction", "/*/*/v1/forms/*/leads"), ("DeskFunction", "/*/$default")],
)
def test_only_its_own_route_may_start_a_function(find, function, route):
    """A permission for the whole API would let any new route reach any function."""
    (permission,) = [
        made
        for made in find("AWS::Lambda::Permission").values()
        if made["FunctionName"] == {"Ref": function}
    ]
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${Api}" + route)


def test_capture_answers_preflights_itself(find):
    """API Gateway's own CORS would answer for all forms alike, and overwrite what capture says."""
    (api,) = find("AWS::ApiGatewayV2::Api").values()
    assert "CorsConfiguration" not in api
    assert api["ProtocolType"] == "HTTP"


def test_a_flood_of_forms_is_limited_more_tightly_than_the_rest(find, template):
    """The public route must not use up what reps and managers need."""
    (stage,) = find("AWS::ApiGatewayV2::Stage").values()
    default, capture = stage["DefaultRouteSettings"], stage["RouteSettings"][CAPTURE]
    for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
        assert template["Parameters"][capture[limit]["Ref"]]["Default"] < default[limit]


def test_the_stage_waits_for_the_route_whose_limits_it_sets(resources):
    """Limits name a route by its key; AWS refuses a key that is not there yet."""
    assert resources["ApiStage"]["DependsOn"] == "CaptureRoute"
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
