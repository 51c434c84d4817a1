# One HTTP path for Windows PowerShell 5.1 and PowerShell 7. Secrets are kept as SecureStrings, in this module alone.
Set-StrictMode -Version 3

if ($PSVersionTable.PSEdition -eq 'Desktop') {
    Add-Type -AssemblyName System.Net.Http
    # 0 means that the system decides. Anything else may leave out what the webhook asks for.
    if ([int] [Net.ServicePointManager]::SecurityProtocol -ne 0) {
        [Net.ServicePointManager]::SecurityProtocol =
            [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    }
}

$script:Connections = [hashtable]::new([StringComparer]::OrdinalIgnoreCase)
$script:Plans = [Collections.Generic.List[object]]::new()

foreach ($folder in 'Private', 'Public') {
    foreach ($file in Get-ChildItem -LiteralPath (Join-Path $PSScriptRoot $folder) -Filter '*.ps1') {
        . $file.FullName
    }
}
