<#
.SYNOPSIS
Writes the secrets that the settings need into the vault of the azd environment.
.DESCRIPTION
Makes handshakes and audit-key, asks for the rest, and leaves existing secrets alone. It prints no secret.
.PARAMETER Rotate
Replaces this secret. The old value works for 14 more days as <name>-previous.
.PARAMETER Leaked
With -Rotate: the old value stops working, and so does an earlier <name>-previous. Where only Entra can end it, the script says how.
.EXAMPLE
./infra/secrets.ps1 -WhatIf
.EXAMPLE
./infra/secrets.ps1 -Rotate webhook-handshake
#>
[CmdletBinding(SupportsShouldProcess)]
param([ValidateNotNullOrEmpty()] [string] $Rotate, [switch] $Leaked)

. (Join-Path $PSScriptRoot 'common.ps1')
if ($Leaked -and -not $Rotate) { Stop-Script '-Leaked needs the name of the secret: -Rotate NAME -Leaked. Nothing was changed.' }

$vault = Get-Output KEY_VAULT_NAME
Assert-Subscription
$mode = Get-Choice GRAPH_AUTH service_account, client_secret, managed_identity
$require = Get-Choice REQUIRE handshake, signature, entra
$allowExplicit = Get-Choice ALLOW_EXPLICIT_VALUES 'false', 'true'
$handshake = Get-Setting HANDSHAKE_SECRET_NAME
$explicit = Get-Setting HANDSHAKE_EXPLICIT_SECRET_NAME
$username = Get-Setting SERVICE_ACCOUNT_USERNAME_SECRET_NAME
$password = Get-Setting SERVICE_ACCOUNT_PASSWORD_SECRET_NAME
$clientSecret = Get-Setting CLIENT_SECRET_SECRET_NAME
$secrets = Get-Secrets
$script:written = 0

function Show-Line {
    param([string] $Name, [string] $Text)
    Write-Output ('{0,-28} {1}' -f $Name, $Text)
}

function Show-Written {
    param([string] $Name, [string] $Done, [string] $Expires)
    $script:written++
    if ($Expires) { $Done = "$Done, expires $($Expires.Substring(0, 10))" }
    Show-Line $Name $Done
}

function New-Secret {
    param([string] $Name, [string] $Expires)
    if (-not $PSCmdlet.ShouldProcess($Name, 'make')) { return }
    [IO.File]::WriteAllText($file, (New-RandomSecret))
    Write-Secret $Name $file $Expires
    Show-Written $Name 'made' $Expires
}

function Read-Line {
    param([string] $Prompt, [switch] $Hidden)
    if ([Console]::IsInputRedirected) { return [Console]::In.ReadLine() }
    if (-not $Hidden) { return Read-Host $Prompt }
    return (New-Object Net.NetworkCredential('', (Read-Host $Prompt -AsSecureString))).Password
}

function Request-Secret {
    param([string] $Name)
    if (-not $PSCmdlet.ShouldProcess($Name, 'ask for and write')) { return }
    $value = Read-Line $Name -Hidden:($Name -ne $username)
    if (-not $value) { Stop-Script "$Name is empty. Nothing was written for it; run this again." }
    if ($value -cmatch '[^ -~]') {
        Stop-Script ("$Name has a character outside ASCII, which the Azure CLI may change on its way. " +
            'Write this secret in the portal.')
    }
    $expires = ''
    if ($Name -ne $username) {
        $date = Read-Line "$Name expires on (YYYY-MM-DD, empty: in a year)"
        if (-not $date) { $expires = Get-Moment 365 }
        elseif (Test-Future $date) { $expires = "${date}T00:00:00Z" }
        else { Stop-Script "$date is not a future date like 2030-11-28. Nothing was written for $Name; run this again." }
    }
    [IO.File]::WriteAllText($file, $value)
    Write-Secret $Name $file $expires
    Show-Written $Name 'written' $expires
}

function Test-Secret {
    param([string] $Name)
    return $secrets.ContainsKey($Name)
}

function Show-Secret {
    param([string] $Name)
    $text = 'is there'
    if ($secrets[$Name]) { $text = "is there, expires $($secrets[$Name].Substring(0, 10))" }
    Show-Line $Name $text
}

function Read-Secret {
    param([string] $Name, [string] $File)
    az keyvault secret download --vault-name $vault --name $Name --file $File --encoding utf-8 --output none
    Assert-Success "The secret $Name could not be read. Nothing was changed."
}

# Callers may still use the value before, until its date. The same value again is left over from a run that failed half-way.
function Assert-Spared {
    param([string] $Name, [string] $Current)
    $previous = "$Name-previous"
    if (-not $secrets[$previous]) { return }
    $until = [DateTimeOffset]::Parse($secrets[$previous], [Globalization.CultureInfo]::InvariantCulture, 'AssumeUniversal')
    if ($until -le [DateTimeOffset]::UtcNow) { return }
    $before = Join-Path $folder 'before'
    Read-Secret $previous $before
    if ([string]::Equals([IO.File]::ReadAllText($before), [IO.File]::ReadAllText($Current))) { return }
    Stop-Script ("$Name was rotated already, and callers may use its old value until $($secrets[$previous].Substring(0, 10)). " +
        'Another rotation would shut them out. To rotate all the same, run this again after: az keyvault secret set-attributes ' +
        "--vault-name $vault --name $previous --enabled false")
}

function Update-Generated {
    param([string] $Name)
    $previous = "$Name-previous"
    if ($Leaked) {
        # Disabled, not deleted: the name of a deleted secret stays taken for 90 days.
        if ((Test-Secret $previous) -and $PSCmdlet.ShouldProcess($previous, 'disable')) {
            az keyvault secret set-attributes --vault-name $vault --name $previous --enabled false --output none
            Assert-Success "The secret $previous was not disabled, and $Name is still the old one."
            Show-Written $previous 'disabled' ''
        }
    }
    else {
        $copy = Join-Path $folder 'previous'
        Read-Secret $Name $copy
        Assert-Spared $Name $copy
        if ($PSCmdlet.ShouldProcess($previous, "copy $Name, for 14 days")) {
            $expires = Get-Moment 14
            Write-Secret $previous $copy $expires
            Show-Written $previous 'copied' $expires
        }
    }
    New-Secret $Name (Get-Moment 365)
}

# The vault ends only what the webhook itself checks.
function Show-WhatIsLeft {
    if ($Rotate -eq $clientSecret) {
        $client = Get-Setting CLIENT_ID
        Write-Output "The leaked value works until you delete it in Entra. To find it: az ad app credential list --id $client"
        Write-Output "To delete it: az ad app credential delete --id $client --key-id <its keyId>"
    }
    elseif ($Rotate -eq $password) {
        Write-Output ('The leaked password works until you change it where the account lives. ' +
            'Then revoke the sessions of the account in Entra.')
    }
    elseif ($Rotate -eq 'audit-key') {
        Write-Output 'Whoever has the old key can still find the numbers behind the tags that were made with it.'
    }
}

function Add-Missing {
    $isNew = $true
    if ($require -eq 'handshake') {
        if (Test-Secret $handshake) { $isNew = $false; Show-Secret $handshake } else { New-Secret $handshake (Get-Moment 365) }
        if ($allowExplicit -eq 'true') {
            if (Test-Secret $explicit) { Show-Secret $explicit } else { New-Secret $explicit (Get-Moment 365) }
        }
    }
    if (Test-Secret 'audit-key') { Show-Secret 'audit-key' }
    else {
        New-Secret 'audit-key' ''
        if (-not $isNew) {
            Write-Output 'If the webhook was already in use, the same Idempotency-Key now starts another job.'
        }
    }
    $asked = switch ($mode) {
        'client_secret' { $clientSecret }
        'service_account' { $username, $password, $clientSecret }
    }
    foreach ($name in @($asked)) {
        if (-not $name) { continue }
        if (Test-Secret $name) { Show-Secret $name } else { Request-Secret $name }
    }
}

if ($Rotate) {
    if (-not (Test-Secret $Rotate)) { Stop-Script "$vault has no enabled secret $Rotate." }
    # The spelling of the settings, otherwise small letters: Key Vault ignores case.
    $named = @($handshake, $explicit, $username, $password, $clientSecret) -eq $Rotate
    $Rotate = @($named) + $Rotate.ToLowerInvariant() | Select-Object -First 1
}
$folder = New-PrivateFolder
$file = Join-Path $folder 'value'
try {
    if (-not $Rotate) { Add-Missing }
    elseif ($Rotate -like '*-previous') {
        Stop-Script "The webhook reads $Rotate only until it expires. Rotate the secret that it is a copy of."
    }
    elseif ($Rotate -in $handshake, $explicit -or $Rotate -like 'webhook-caller-*') { Update-Generated $Rotate }
    elseif ($Rotate -eq 'audit-key') {
        New-Secret 'audit-key' ''
        Write-Output 'Restart the app now: running instances keep the old key.'
    }
    elseif ($Rotate -in $username, $password, $clientSecret) { Request-Secret $Rotate }
    else { Stop-Script "The settings name no secret $Rotate." }
    if ($Leaked) { Show-WhatIsLeft }
}
finally { Remove-Item -Recurse -Force -WhatIf:$false -Confirm:$false $folder }

if ($WhatIfPreference) { Write-Output 'Nothing was changed.' } else { Write-Output "$script:written written to $vault." }
