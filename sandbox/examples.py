"""Two requests that the demo sends and serve mode offers: a bulk script's CSV and a provisioning plan."""

# As the published bulk script reads it. Rosa's alternateMobile becomes her mobile; David loses his.
TABLE = """\
UPN,Mobile,OfficePhone,AlternateMobile,ForcedUpdate,ForcedRemoval
eva.null@contoso.com,070-174 06 40,+46 701740641 x7,,false,false
anna.andersson@contoso.com,+46 701740605,,+46 701740642,true,false
rosa.alternate@contoso.com,+1 2065550115,,,true,true
david.empty@contoso.com,,,,false,true
ulla.office@contoso.com,,+1 2065550121,,false,false
harald.hybrid@contoso.com,,+46 701740643,,true,false
"""

# A lost security key is removed, Emil gets a second method; the password is none of the app's business and is ignored.
PLAN = """\
<ProvisioningPlan>
  <AccountRequest application="Entra ID" op="Modify"
      nativeIdentity="mia.manymethods@contoso.com">
    <AttributeRequest name="mfa_fido2AuthenticationMethod" op="Remove"
        value="-2_GRUg2-HYz6_1YG4YRAQ2"/>
    <AttributeRequest name="mfa_emailAddress" op="Set"
        value="mia@fabrikam.com"/>
  </AccountRequest>
  <AccountRequest application="Entra ID" op="Modify"
      nativeIdentity="emil.emailonly@contoso.com">
    <AttributeRequest name="mfa_phoneNumber_mobile" op="Add"
        value="+46 701740644"/>
    <AttributeRequest name="mfa_emailAddress" op="Remove"
        value="somebody.else@example.com"/>
    <AttributeRequest name="password" op="Set"
        value="sandbox-password-not-real"/>
  </AccountRequest>
</ProvisioningPlan>
"""
