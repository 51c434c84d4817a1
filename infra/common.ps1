# Shared by the scripts in this folder: how they ask azd, write a secret, and stop.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

function Stop-Script {
    param([string] $Sentence)
    [Console]::Error.WriteLine($Sentence)
    exit 1
}

# After each call of a tool: its exit code says whether it worked.
function Assert-Success {
    param([string] $Sentence)
    if ($LASTEXITCODE -ne 0) { Stop-Script $Sentence }
}

foreach ($tool in 'az', 'azd') {
    if (-not (Get-Command $tool -ErrorAction SilentlyContinue)) {
        Stop-Script "$tool is not installed. docs/deploy.md names what you need."
    }
}

$environmentText = azd env get-values --output json
Assert-Success "azd has no environment here. Run 'azd up' first, or choose one with 'azd env select'."
$environment = ($environmentText | Out-String) | ConvertFrom-Json
$defaults = [IO.File]::ReadAllText((Join-Path $PSScriptRoot 'main.parameters.json'))

function Get-Default {
    param([string] $Name)
    return [regex]::Match($defaults, '"\$\{' + $Name + '=(.*)\}"').Groups[1].Value
}

# A setting of the azd environment. For a missing or empty one, the default in main.parameters.json, as azd does.
function Get-Setting {
    param([string] $Name)
    $property = $environment.PSObject.Properties[$Name]
    if ($property -and "$($property.Value)") { return "$($property.Value)" }
    return Get-Default $Name
}

# A setting that has one of these values, spelled exactly like that, as the webhook takes it.
function Get-Choice {
    param([string] $Name, [string[]] $Values)
    $value = Get-Setting $Name
    # -cin would ignore invisible characters.
    if ([Array]::IndexOf($Values, $value) -ge 0) { return $value }
    Stop-Script "$Name is $value, but must be one of: $Values. Change it: azd env set $Name <value>"
}

# What a deployment made.
function Get-Output {
    param([string] $Name)
    $property = $environment.PSObject.Properties[$Name]
    if ($property -and "$($property.Value)") { return "$($property.Value)" }
    Stop-Script "The azd environment has no $Name. Run 'azd up' first, or choose another one with 'azd env select'."
}

# az has a default subscription of its own, and each azd environment has another one. In the wrong one az finds nothing.
function Assert-Subscription {
    $wanted = Get-Setting AZURE_SUBSCRIPTION_ID
    if (-not $wanted) { return }
    $chosen = az account show --query id --output tsv
    Assert-Success 'The Azure CLI is not signed in. Run: az login'
    if (-not [string]::Equals($chosen, $wanted, 'OrdinalIgnoreCase')) {
        Stop-Script ("The Azure CLI works in the subscription $chosen, but the azd environment is in another one. " +
            "Run: az account set --subscription $wanted")
    }
}

function Get-Moment {
    param([int] $Days)
    return [DateTime]::UtcNow.AddDays($Days).ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
}

# A day that exists and has not begun, as YYYY-MM-DD.
function Test-Future {
    param([string] $Text)
    $day = [DateTime]::MinValue
    $isDay = [DateTime]::TryParseExact($Text, 'yyyy-MM-dd', [Globalization.CultureInfo]::InvariantCulture, 'None', [ref] $day)
    return $isDay -and $day.Year -lt 3000 -and $day -gt [DateTime]::UtcNow.Date
}

function New-RandomSecret {
    $bytes = New-Object byte[] 32
    $generator = [Security.Cryptography.RandomNumberGenerator]::Create()
    $generator.GetBytes($bytes)
    $generator.Dispose()
    return -join ($bytes | ForEach-Object { $_.ToString('x2') })
}

# Expiry date of each secret by its name, empty for one that has none. The list leaves out soft-deleted ones, and the query
# disabled ones: nobody can use them, and writing one again enables it. Key Vault ignores case in names.
function Get-Secrets {
    $lines = az keyvault secret list --vault-name $vault --query '[?attributes.enabled].[name, attributes.expires]' --output tsv
    Assert-Success ("The secrets of $vault could not be listed. You need the role Key Vault Secrets Officer on it; " +
        'a new role takes some minutes. Are you signed in (az login)?')
    $found = [hashtable]::new([StringComparer]::OrdinalIgnoreCase)
    foreach ($line in @($lines)) {
        $cells = "$line".Split("`t")
        if ($cells[0]) { $found[$cells[0]] = if ($cells.Count -gt 1 -and $cells[1] -ne 'None') { $cells[1] } else { '' } }
    }
    return $found
}

# A folder that nobody else can read. On Windows, the folder of temporary files already belongs to the user.
function New-PrivateFolder {
    $path = Join-Path ([IO.Path]::GetTempPath()) ([Guid]::NewGuid().ToString('n'))
    $null = New-Item -ItemType Directory -Path $path -WhatIf:$false -Confirm:$false
    if ([Environment]::OSVersion.Platform -eq 'Unix') { chmod 700 $path }
    return $path
}

# Through a file, because everyone on this machine can read a command line.
function Write-Secret {
    param([string] $Name, [string] $File, [string] $Expires)
    $dated = @()
    if ($Expires) { $dated = @('--expires', $Expires) }
    az keyvault secret set --vault-name $vault --name $Name --file $File --encoding utf-8 @dated --output none
    Assert-Success ("The secret $Name was not written. If somebody deleted it before, recover it first: " +
        "az keyvault secret recover --vault-name $vault --name $Name")
}
