"""Places of Microsoft Graph that are read for several purposes, and words of its answers about them."""

POLICIES = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations"
# "List unifiedRoleAssignments" names $filter, $expand and $select, and no $top.
ROLE_ASSIGNMENTS = "/roleManagement/directory/roleAssignments"
ELIGIBLE_ROLES = "/roleManagement/directory/roleEligibilityScheduleInstances"
ROLE_GROUPS = "/groups?$filter=isAssignableToRole%20eq%20true&$select=id&$top=999"
# The code of a refusal to show `ELIGIBLE_ROLES`: without that licence there are none.
NO_LICENCE = "AadPremiumLicenseRequired"
# `@odata.type` of the users among members, owners and principals.
USER = "#microsoft.graph.user"


def members_of(group_id: str) -> str:
    """Users, groups, devices and apps, those of groups in it too."""
    return f"/groups/{group_id}/transitiveMembers?$select=id&$top=999"
