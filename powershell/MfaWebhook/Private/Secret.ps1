# No variable and no parameter holds a secret in clear: error records, traces and debuggers show those.

class MfaSecret : Management.Automation.ArgumentTransformationAttribute {
    # Windows PowerShell repeats a text that it cannot convert in the error. This says only what is needed.
    [object] Transform([Management.Automation.EngineIntrinsics] $engine, [object] $value) {
        if ($value -is [securestring]) { return $value }
        throw [ArgumentException]::new('This parameter takes a SecureString, as from: Read-Host -AsSecureString')
    }
}

function ConvertFrom-MfaSecret([securestring] $Secret) {
    [Net.NetworkCredential]::new('', $Secret).Password
}

# What is wrong with a secret that goes into a header, or nothing.
function Get-MfaSecretFault([securestring] $Secret) {
    if ($Secret.Length -eq 0) { 'is empty' }
    elseif (-not [regex]::IsMatch((ConvertFrom-MfaSecret $Secret), '\A[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?\z')) {
        'begins or ends with white space, or holds a line end or a character outside ASCII'
    }
}

# The key that a signing secret stands for (Standard Webhooks): whsec_ and base64, or the bytes of the text.
function Get-MfaSigningKey([securestring] $Secret) {
    if (-not (ConvertFrom-MfaSecret $Secret).StartsWith('whsec_', [StringComparison]::Ordinal)) {
        return , [Text.Encoding]::UTF8.GetBytes((ConvertFrom-MfaSecret $Secret))
    }
    $length = (ConvertFrom-MfaSecret $Secret).TrimEnd('=').Length - 6
    , [Convert]::FromBase64String(
        (ConvertFrom-MfaSecret $Secret).Substring(6, $length) + '=' * ((4 - $length % 4) % 4))
}

function Get-MfaSignature([securestring] $Secret, [string] $Id, [string] $Timestamp, [byte[]] $Content) {
    $hmac = [Security.Cryptography.HMACSHA256]::new([byte[]] (Get-MfaSigningKey $Secret))
    try {
        $head = [Text.Encoding]::UTF8.GetBytes("$Id.$Timestamp.")
        [void] $hmac.TransformBlock($head, 0, $head.Length, $head, 0)
        [void] $hmac.TransformFinalBlock($Content, 0, $Content.Length)
        'v1,' + [Convert]::ToBase64String($hmac.Hash)
    }
    finally { $hmac.Dispose() }
}
