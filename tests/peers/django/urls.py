"""Where things are. The issuer has a path, `/o`, as the toolkit's documentation has it."""

from django.http import JsonResponse
from django.urls import include, path
from oauth2_provider.urls import metadata_urlpatterns
from oauth2_provider.views import ProtectedResourceMetadataView

import control


class Account(ProtectedResourceMetadataView):
    """What an access token opens.

    The toolkit's plain `ProtectedResourceView` answers a dead token with a bare 403, which RFC 6750
    §3.1 keeps for missing scopes; this one answers 401, from which a client can tell.
    """

    def get(self, request):
        return JsonResponse({"account": request.resource_owner.get_username()})


urlpatterns = [
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    # RFC 8414 §3.1 has its document at the origin, with the issuer's path behind it.
    path("", include(metadata_urlpatterns)),
    path("accounts/", include("django.contrib.auth.urls")),
    path("api/account", Account.as_view()),
    path("control/view", control.view),
    path("control/pass", control.let_pass),
]
