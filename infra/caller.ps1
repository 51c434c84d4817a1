<#
.SYNOPSIS
Adds a named caller: its function key, its secret and its entry in CALLERS. Prints, once, what the caller needs.
.DESCRIPTION
If a step fails, fix what the message says and run this again. The secret comes last: once it exists, all is done.
.PARAMETER Name
The name of the caller, such as helpdesk.
.PARAMETER Rights
What it may do: reconcile, read, readFull, explicit, approve, operate.
.PARAMETER Signed
The secret only signs calls. The caller never sends it.
.EXAMPLE
./infra/caller.ps1 helpdesk -Rights reconcile, read
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory, Position = 0)] [string] $Name,
    [string[]] $Rights = @('reconcile', 'read'),
    [switch] $Signed
)

. (Join-Path $PSScriptRoot 'common.ps1')

if ($Name -cnotmatch '\A[a-z0-9-]{1,40}\z' -or $Name -match '^webhook-|-previous$|^sweep$') {
    Stop-Script ("$Name is not a valid caller name. Use up to 40 lower-case letters, digits and hyphens, " +
        'but not sweep, webhook-... or ...-previous.')
}
$Rights = @($Rights -split ',' | ForEach-Object { $_.Trim() })
if (-not $Rights) { Stop-Script 'Name at least one right, such as reconcile.' }
foreach ($right in $Rights) {
    if ($right -cnotmatch '\A(reconcile|read|readFull|explicit|approve|operate)\z') {
        Stop-Script "$right is not a right. The rights are reconcile, read, readFull, explicit, approve and operate."
    }
    if (@($Rights -ceq $right).Count -gt 1) { Stop-Script "$right is named twice. Name each right once." }
}

$vault = Get-Output KEY_VAULT_NAME
$group = Get-Output AZURE_RESOURCE_GROUP
$app = Get-Output FUNCTION_APP_NAME
$url = Get-Output WEBHOOK_URL
Assert-Subscription
$header = Get-Setting HANDSHAKE_HEADER
$callers = (Get-Setting CALLERS).Trim()
$secrets = Get-Secrets
$secret = "webhook-caller-$Name"

$signing = if ($Signed) { ', "signed": true' } else { '' }
$entry = '{{"name": "{0}", "rights": ["{1}"]{2}}}' -f $Name, ($Rights -join '", "'), $signing
# Entries hold no other objects.
$listed = [regex]::Match($callers, '\{[^{}]*"name"\s*:\s*"' + $Name + '"[^{}]*\}')
$isListed = $listed.Success
if ($isListed) {
    if ($listed.Value -cmatch '"entraObjectId"') { Stop-Script "$Name is an Entra caller and needs no secret." }
    Write-Output "$Name is already in CALLERS; its entry stays as it is (-Rights and -Signed are ignored)."
    $Signed = $listed.Value -cmatch '"signed"\s*:\s*true'
}
if ($isListed -and $secrets.ContainsKey($secret)) {
    Write-Output "The caller $Name already exists. For a new secret: infra/secrets.ps1 -Rotate $secret"
    Write-Output "To see its function key: az functionapp keys list --resource-group $group --name $app --query functionKeys"
    exit 0
}
if (-not $isListed -and $callers.Split('{').Count -gt 100) {
    Stop-Script 'CALLERS has 100 callers, which is the most that the webhook takes. Remove one first.'
}
if ($callers -match '^\[\s*\]$') { $longer = "[$entry]" }
elseif ($callers -match '(?s)^\[.*\]$') { $longer = ($callers -replace '\s*\]$', '') + ", $entry]" }
else { Stop-Script "CALLERS in the azd environment is not a list. Reset it: azd env set CALLERS '[]'" }

# What azd provision would overwrite: what the app has from another computer or from the portal. CALLERS has a query of its
# own, because it may stand on several lines. What the app has at its default is not lost when this environment changes it,
# except two whose default protects.
$lines = az functionapp config appsettings list --resource-group $group --name $app --query '[].[name, value]' --output tsv
Assert-Success "The settings of $app could not be read. Nothing was changed."
$callersNow = az functionapp config appsettings list --resource-group $group --name $app `
    --query "[?name=='CALLERS'].value" --output tsv
Assert-Success "The settings of $app could not be read. Nothing was changed."
$has = @{}
foreach ($line in @($lines)) { $cells = "$line".Split([char[]]"`t", 2); $has[$cells[0]] = $cells[-1] }
$lost = @()
foreach ($found in [regex]::Matches($defaults, '"\$\{([A-Z_]+)=')) {
    $known = $found.Groups[1].Value
    $now = $has[$known]
    if (-not $now -or $known -eq 'CALLERS') { continue }
    if ($known -notin 'GRAPH_AUTH', 'PROTECT_ADMINISTRATORS' -and [string]::Equals($now, (Get-Default $known))) { continue }
    $wanted = Get-Setting $known
    if ($known -eq 'TENANT_ID' -and -not $wanted) { # main.bicep takes the tenant of the subscription
        $wanted = az account show --query tenantId --output tsv
        Assert-Success 'The Azure CLI is not signed in. Run: az login'
    }
    if ([string]::Equals($now, $wanted)) { continue }
    if (-not $wanted) { $wanted = 'nothing' }
    $lost += "$known (the app has $now, this environment $wanted)"
}

# The entries of CALLERS by caller, without blanks, and with keys and rights in one order. Guess: azd sorts the keys, as Go
# does with those of a map (pkg.go.dev/encoding/json, Marshal).
function Get-Entries {
    param([string] $Text)
    $entries = [ordered] @{}
    foreach ($part in ($Text -replace '[\s\]{]' -replace '\[', ',').Split([char] '}')) {
        $words = [string[]] @($part.Split([char] ',') | Where-Object { $_ })
        [Array]::Sort($words, [StringComparer]::Ordinal)
        $found = [regex]::Match(($words -join ','), '"name":"([a-z0-9-]*)"')
        if ($found.Success) { $entries[$found.Groups[1].Value] = $words -join ',' }
    }
    return $entries
}
$inApp = Get-Entries ($callersNow -join ' ')
$inEnvironment = Get-Entries $callers
foreach ($one in $inApp.GetEnumerator()) {
    if (-not [string]::Equals($one.Value, $inEnvironment[$one.Key])) { $lost += "the caller $($one.Key)" }
}
if ($lost) {
    Stop-Script ('These settings and callers of the app are missing from this azd environment, or differ in it: ' +
        "$($lost -join ', '). azd provision would overwrite them. If another computer has the newer environment, work with " +
        "that one. If the app is right, change this environment with 'azd env set'. If this environment is right, run " +
        "'azd provision --no-state', then this again.")
}
$new = foreach ($one in $inEnvironment.GetEnumerator()) {
    if ($one.Key -ne $Name -and -not $inApp.Contains($one.Key)) { $one.Key }
}
if ($new) { Write-Output "azd provision will also add these callers: $($new -join ', ')" }

if ($WhatIfPreference) {
    if (-not $isListed) { Write-Output "would set CALLERS to $longer" }
    Write-Output "would run azd provision, make the host key $Name and write the secret $secret"
    Write-Output 'Nothing was changed.'
    exit 0
}
if (-not $PSCmdlet.ShouldProcess($app, "run azd provision, and make a key and a secret for $Name")) {
    Write-Output 'Nothing was changed.'
    exit 0
}
if (-not $isListed) {
    # Before PowerShell 7.3, you must escape quotation marks within an argument.
    if ($PSVersionTable.PSVersion -lt [version]'7.3') { $longer = $longer -replace '"', '\"' }
    azd env set CALLERS $longer
    Assert-Success 'CALLERS was not written to the azd environment. Nothing else was done.'
}
azd provision --no-prompt | Out-Host
Assert-Success 'azd could not provision. The caller has no key and no secret yet. Fix the fault, then run this again.'
# `keys set` does not show the key that it makes. A query for one key with a hyphen in its name needs quotation marks, which
# az on Windows does not get.
az functionapp keys set --resource-group $group --name $app --key-type functionKeys --key-name $Name --only-show-errors --output none
Assert-Success "The function app made no key for $Name. Run this again."
$text = az functionapp keys list --resource-group $group --name $app --query functionKeys --output json
$key = [regex]::Match("$text", '"' + $Name + '":\s*"([^"]+)"').Groups[1].Value
if (-not $key) { Stop-Script "The function key of $Name could not be read. It has no secret yet. Run this again." }
$value = New-RandomSecret
$expires = Get-Moment 365
$folder = New-PrivateFolder
try {
    $file = Join-Path $folder 'value'
    [IO.File]::WriteAllText($file, $value)
    Write-Secret $secret $file $expires
}
finally { Remove-Item -Recurse -Force -Confirm:$false $folder }

Write-Output "
Give this to $Name over a channel that nobody else can read. It is shown only once.

address       $url
x-functions-key: $key"
if ($Signed) { Write-Output "webhook-caller: $Name`nsigning secret  $value" }
else { Write-Output "${header}: $Name.$value" }
Write-Output "`nThe secret expires on $($expires.Substring(0, 10)). The webhook accepts it within a minute."
