"""Microsoft's own Python SDK (msgraph-sdk) doing the same job: `--in-flight 16` users at a time, default one by one.

Runs in the bench's own environment, see sdk_environment.py.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections import Counter

from azure.identity import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration  # type: ignore[import-not-found]
from msgraph import GraphServiceClient  # type: ignore[import-not-found]
from msgraph.generated.models.authentication_phone_type import AuthenticationPhoneType  # type: ignore[import-not-found]
from msgraph.generated.models.phone_authentication_method import (  # type: ignore[import-not-found]
    PhoneAuthenticationMethod,
)
from msgraph.generated.users.item.user_item_request_builder import (  # type: ignore[import-not-found]
    UserItemRequestBuilder,
)

SCOPES = ["https://graph.microsoft.com/.default"]
SELECT = ["id", "userPrincipalName", "onPremisesExtensionAttributes"]


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--in-flight", type=int, default=1)
    options = parser.parse_args()
    warm_up, names = json.load(sys.stdin)
    credential = ClientSecretCredential(os.environ["TENANT_ID"], os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    client = GraphServiceClient(credential, SCOPES)
    free = asyncio.Semaphore(options.in_flight)

    async def one(upn: str) -> str:
        async with free:
            return await reconcile(client, upn)

    await asyncio.gather(*map(one, warm_up))
    began = time.perf_counter()
    done = Counter(await asyncio.gather(*map(one, names)))
    print(json.dumps({"seconds": time.perf_counter() - began, "done": done}))


async def reconcile(client: GraphServiceClient, upn: str) -> str:
    """What was done for this user."""
    query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=SELECT)
    user = await client.users.by_user_id(upn).get(RequestConfiguration(query_parameters=query))
    wanted = user.on_premises_extension_attributes.extension_attribute15
    if not wanted:
        return "skipped"
    methods = client.users.by_user_id(user.id).authentication.phone_methods
    listed = await methods.get()
    mobile = next((item for item in listed.value if item.phone_type == AuthenticationPhoneType.Mobile), None)
    body = PhoneAuthenticationMethod(phone_number=wanted, phone_type=AuthenticationPhoneType.Mobile)
    if mobile is None:
        await methods.post(body)
        return "added"
    if mobile.phone_number == wanted:
        return "kept"
    await methods.by_phone_authentication_method_id(mobile.id).patch(body)
    return "updated"


if __name__ == "__main__":
    asyncio.run(main())
