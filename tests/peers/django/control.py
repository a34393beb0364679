"""The routes by which a test moves the server's clock and looks into it."""

import json

from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.models import AccessToken, RefreshToken

import clock

# Every request to the token endpoint, with what came of it; never a token.
_requests = []


class TokenRequests:
    """Notes the requests to the token endpoint, and changes none."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path != "/o/token/":
            return self.get_response(request)
        seen = {
            "authentication": request.headers.get("Authorization", "").split(" ")[0],
            "grant_type": request.POST.get("grant_type"),
            "verifier": bool(request.POST.get("code_verifier")),
            "status": 0,
            "error": None,
            "description": None,
        }
        _requests.append(seen)
        response = self.get_response(request)
        answer = json.loads(response.content)
        seen["status"] = response.status_code
        seen["error"] = answer.get("error")
        seen["description"] = answer.get("error_description")
        return response


def view(request):
    """Says what the server knows: its token requests, and how many tokens are good now."""
    access = AccessToken.objects.filter(expires__gt=timezone.now())
    # One whose access token was deleted is refused as well.
    refresh = RefreshToken.objects.filter(revoked__isnull=True, access_token__isnull=False)
    families = refresh.values("token_family").distinct()
    return JsonResponse(
        {
            "requests": _requests,
            "access": access.count(),
            "refresh": refresh.count(),
            "grants": families.count(),
        }
    )


@csrf_exempt
def let_pass(request):
    """Lets seconds pass."""
    clock.let_pass(int(request.body))
    return view(request)
