function New-MfaCheck([string] $Name, [string] $Result, [string] $Detail, [string] $Mend, [string] $Version = '') {
    [pscustomobject] @{ PSTypeName = 'MfaWebhook.Check'; Name = $Name; Result = $Result; Detail = $Detail; Mend = $Mend; Version = $Version }
}
