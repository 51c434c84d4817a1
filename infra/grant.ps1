<#
.SYNOPSIS
Grants the webhook the Microsoft Graph permissions that its settings need, checks them, and lists any that it does not need.
.DESCRIPTION
You need the Entra role Privileged Role Administrator; for a service account, Cloud Application Administrator is enough.
.PARAMETER AllMethods
Also for e-mail and other methods in /api/provision and GET /api/users/{user}/methods.
.PARAMETER Report
Also for what POST /api/report shows of policies and registrations.
.EXAMPLE
./infra/grant.ps1 -WhatIf
#>
[CmdletBinding(SupportsShouldProcess)]
param([switch] $AllMethods, [switch] $Report)

. (Join-Path $PSScriptRoot 'common.ps1')

$mode = Get-Choice GRAPH_AUTH service_account, client_secret, managed_identity
$protect = Get-Choice PROTECT_ADMINISTRATORS auto, on, off
if ($protect -eq 'auto') { $protect = if ($mode -eq 'service_account') { 'off' } else { 'on' } }

$needed = @('User.Read.All')
if ($AllMethods -or (Get-Setting EMAIL_ATTRIBUTE)) { $needed += 'UserAuthenticationMethod.ReadWrite.All' }
else { $needed += 'UserAuthMethod-Phone.ReadWrite.All' }
if ($protect -eq 'on' -or $Report) { $needed += 'RoleManagement.Read.Directory' }
if ($protect -eq 'on' -or $Report -or (Get-Setting PROTECTED_GROUP_ID) -or (Get-Setting ALLOWED_GROUP_ID)) {
    $needed += 'GroupMember.Read.All'
}
if ($Report) { $needed += 'AuditLog.Read.All', 'Policy.Read.AuthenticationMethod' }

$graphApp = '00000003-0000-0000-c000-000000000000'
$graph = az ad sp show --id $graphApp --query id --output tsv
Assert-Success "Microsoft Graph's service principal could not be read. Are you signed in (az login)?"

function Grant-Delegated {
    # The consent for everyone. Users' own ones stay as they are.
    $consent = az ad app permission list-grants --id $client `
        --query "[?resourceId=='$graph' && consentType=='AllPrincipals'].[id, scope]" --output tsv
    Assert-Success "The consents of $client could not be read."
    $granted = @($consent | ForEach-Object { "$_".Split("`t")[-1] -split '\s+' } | Where-Object { $_ })
    $missing = @($needed | Where-Object { $_ -notin $granted })
    foreach ($name in $needed) { if ($name -in $granted) { Write-Output "there    $name" } }
    foreach ($name in $granted) {
        if ($name -notin $needed) { Write-Output "extra    ${name}: not needed by the settings. Keep it if you use -Report or -AllMethods." }
    }
    if ($missing -and $PSCmdlet.ShouldProcess("$missing", 'grant')) {
        $scope = $granted + $missing -join ' '
        # Not `az ad app permission grant`, which deletes all consents before it makes the new one.
        if ($consent) {
            [IO.File]::WriteAllText($file, ('{{"scope": "{0}"}}' -f $scope))
            az rest --method patch --url "$endpoint/v1.0/oauth2PermissionGrants/$(@($consent)[0].Split("`t")[0])" `
                --headers Content-Type=application/json --body "@$file" --output none
        }
        else {
            $body = '{{"clientId": "{0}", "consentType": "AllPrincipals", "resourceId": "{1}", "scope": "{2}"}}'
            [IO.File]::WriteAllText($file, ($body -f $app, $graph, $scope))
            az rest --method post --url "$endpoint/v1.0/oauth2PermissionGrants" `
                --headers Content-Type=application/json --body "@$file" --output none
        }
        Assert-Success ('Microsoft Graph did not confirm the grant. What was granted before still stands. You need the ' +
            'Entra role Cloud Application Administrator, and it must be active now. Then run this again.')
        foreach ($name in $missing) { Write-Output "granted  $name" }
    }
    $accountRoles = 'role Privileged Authentication Administrator'
    if ($protect -eq 'on' -or $Report) {
        # In delegated calls, Graph shows roles, registrations and policies only to an account with a directory role.
        $accountRoles = 'roles Privileged Authentication Administrator and Global Reader'
    }
    Write-Output "The account itself needs the ${accountRoles}: docs/deploy.md has the command."
}

# The ids of the assignments that the identity has, by the name of the application permission.
function Get-Granted {
    $lines = az rest --method get --url "$endpoint/v1.0/servicePrincipals/$app/appRoleAssignments" `
        --query "value[?resourceId=='$graph'].[appRoleId, id]" --output tsv
    Assert-Success "The permissions of $app could not be read. Is az signed in to the tenant of the azd environment (az account show)?"
    $found = [ordered]@{}
    foreach ($line in @($lines)) {
        $cells = "$line".Split("`t")
        if ($cells.Count -lt 2) { continue }
        $name = @($roles.Keys | Where-Object { $roles[$_] -eq $cells[0] }) + $cells[0]
        $found[$name[0]] = $cells[1]
    }
    return $found
}

function Grant-Role {
    # By name: the ids differ from cloud to cloud.
    $lines = az ad sp show --id $graphApp --query "appRoles[?contains(allowedMemberTypes, 'Application')].[id, value]" --output tsv
    Assert-Success 'The permissions of Microsoft Graph could not be listed.'
    $roles = @{}
    foreach ($line in @($lines)) { $cells = "$line".Split("`t"); $roles[$cells[1]] = $cells[0] }
    $granted = Get-Granted
    $did = $false
    foreach ($name in $needed) {
        if (-not $roles.ContainsKey($name)) {
            Stop-Script "Microsoft Graph has no application permission $name in this cloud."
        }
        if ($granted.Contains($name)) { Write-Output "there    $name" }
        elseif ($PSCmdlet.ShouldProcess($name, 'grant')) {
            $body = '{{"principalId": "{0}", "resourceId": "{1}", "appRoleId": "{2}"}}' -f $app, $graph, $roles[$name]
            [IO.File]::WriteAllText($file, $body)
            az rest --method post --url "$endpoint/v1.0/servicePrincipals/$app/appRoleAssignments" `
                --headers Content-Type=application/json --body "@$file" --output none
            Assert-Success "$name was not granted. You need the Entra role Privileged Role Administrator, and it must be active now."
            Write-Output "granted  $name"
            $did = $true
        }
    }
    foreach ($name in $granted.Keys) {
        if ($name -in $needed) { continue }
        Write-Output "extra    ${name}: not needed by the settings. Keep it if you use -Report or -AllMethods. To remove it:"
        $place = "$endpoint/v1.0/servicePrincipals/$app/appRoleAssignments/$($granted[$name])"
        Write-Output "         az rest --method delete --url $place"
    }
    if (-not $did) { return }
    $granted = Get-Granted
    foreach ($name in $needed) {
        if (-not $granted.Contains($name)) { Stop-Script "Microsoft Graph does not show $name yet. Run this again in a minute." }
    }
    if ($mode -eq 'managed_identity') {
        Write-Output "Azure may keep a managed identity's token for up to 24 hours. New permissions may not count before that."
    }
}

if ($mode -eq 'managed_identity') { $app = Get-Output IDENTITY_PRINCIPAL_ID }
else {
    $client = Get-Output CLIENT_ID
    $app = az ad sp show --id $client --query id --output tsv
    Assert-Success "The registration $client has no service principal. Make it: az ad sp create --id $client"
}
$endpoint = az cloud show --query endpoints.microsoftGraphResourceId --output tsv
if (-not $endpoint) { Stop-Script 'The Azure CLI does not say which cloud it uses.' }
$endpoint = $endpoint.TrimEnd('/')
$file = [IO.Path]::GetTempFileName()
try { if ($mode -eq 'service_account') { Grant-Delegated } else { Grant-Role } }
finally { Remove-Item $file -WhatIf:$false -Confirm:$false }
if ($WhatIfPreference) { Write-Output 'Nothing was changed.' }
