function Connect-MfaWebhook {
    <#
    .SYNOPSIS
    Tells the other functions which webhook to call, and how to authenticate.
    .DESCRIPTION
    Keeps the address and the secrets for this session, as SecureStrings in the memory of the module. It sends nothing:
    call Test-MfaWebhook to see whether the connection works. It replaces a connection of the same name.
    .PARAMETER Uri
    The address of the function app, with or without /api, such as https://contoso-mfa.azurewebsites.net.
    .PARAMETER FunctionKey
    The function key, as a SecureString.
    .PARAMETER Handshake
    The handshake, as a SecureString. For a named caller it is <name>.<secret>.
    .PARAMETER HandshakeHeader
    The header of the handshake, if the setting HANDSHAKE_HEADER names a header other than Message.
    .PARAMETER Caller
    The name of a caller that signs its calls.
    .PARAMETER SigningSecret
    The secret that this caller signs with, as a SecureString.
    .PARAMETER AccessToken
    A token of Microsoft Entra ID for the webhook, as a SecureString. Connect again when it has expired.
    .PARAMETER Name
    A name for the connection, for -Connection of the other functions. Without -Connection they use the name Default.
    .EXAMPLE
    Connect-MfaWebhook -Uri https://contoso-mfa.azurewebsites.net

    Asks for the function key and the handshake, without showing them.
    .EXAMPLE
    $vault = @{ VaultName = 'contoso-mfa' }
    $key = (Get-AzKeyVaultSecret @vault -Name function-key).SecretValue
    $secret = (Get-AzKeyVaultSecret @vault -Name webhook-caller-hr).SecretValue
    Connect-MfaWebhook -Uri https://contoso-mfa.azurewebsites.net -FunctionKey $key -Caller hr -SigningSecret $secret -Name hr

    The module signs each call. Use the connection with: Sync-MfaPhone -Connection hr
    .EXAMPLE
    Connect-AzAccount -Identity
    $token = (Get-AzAccessToken -ResourceUrl api://<AUTH_CLIENT_ID> -AsSecureString).Token
    Connect-MfaWebhook -Uri https://contoso-mfa.azurewebsites.net -FunctionKey $key -AccessToken $token

    Calls as the managed identity of the machine.
    .LINK
    about_MfaWebhook
    #>
    [CmdletBinding(DefaultParameterSetName = 'Handshake')]
    [OutputType('MfaWebhook.Connection')]
    param(
        [Parameter(Mandatory, Position = 0)] [uri] $Uri,
        [Parameter(Mandatory)] [MfaSecret()] [securestring] $FunctionKey,
        [Parameter(Mandatory, ParameterSetName = 'Handshake')] [MfaSecret()] [securestring] $Handshake,
        [Parameter(ParameterSetName = 'Handshake')] [ValidatePattern('\A[A-Za-z0-9-]+\z', Options = 'None')] [string] $HandshakeHeader = 'Message',
        [Parameter(Mandatory, ParameterSetName = 'Signature')] [ValidatePattern('\A[a-z0-9-]{1,40}\z', Options = 'None')] [string] $Caller,
        [Parameter(Mandatory, ParameterSetName = 'Signature')] [MfaSecret()] [securestring] $SigningSecret,
        [Parameter(Mandatory, ParameterSetName = 'Token')] [MfaSecret()] [securestring] $AccessToken,
        [ValidateNotNullOrEmpty()] [string] $Name = 'Default'
    )
    if (-not $Uri.IsAbsoluteUri -or $Uri.Scheme -notin 'https', 'http' -or ($Uri.Scheme -eq 'http' -and -not $Uri.IsLoopback)) {
        Stop-MfaCommand $PSCmdlet 'addressNotUsable' 'InvalidArgument' 'The address must begin with https://. The module uses http:// only for a host on this machine.'
    }
    if ($Uri.Query -or $Uri.Fragment -or $Uri.UserInfo) {
        Stop-MfaCommand $PSCmdlet 'addressNotUsable' 'InvalidArgument' 'The address must not contain a key or a query. Pass the function key as -FunctionKey.'
    }
    $secret = switch ($PSCmdlet.ParameterSetName) { 'Handshake' { $Handshake } 'Signature' { $SigningSecret } 'Token' { $AccessToken } }
    $checked = @{ FunctionKey = $FunctionKey }
    if ($PSCmdlet.ParameterSetName -ne 'Signature') { $checked[$PSCmdlet.ParameterSetName] = $secret }
    foreach ($what in $checked.Keys) {
        $fault = Get-MfaSecretFault $checked[$what]
        if ($fault) { Stop-MfaCommand $PSCmdlet 'secretNotUsable' 'InvalidArgument' "$what $fault. A secret that is read from a file may end with a line end." }
    }
    if ($PSCmdlet.ParameterSetName -eq 'Signature') {
        try { [void] (Get-MfaSigningKey $SigningSecret) }
        catch { Stop-MfaCommand $PSCmdlet 'secretNotUsable' 'InvalidArgument' 'SigningSecret begins with whsec_, but the rest is not base64.' }
    }
    # infra/caller.sh and caller.ps1 show the address of the route that most callers use.
    $base = $Uri.AbsoluteUri.TrimEnd('/') -replace '/api/reconcile$', '/api'
    if ($base -notmatch '/api$') { $base += '/api' }
    $script:Connections[$Name] = [pscustomobject] @{
        Name = $Name; Base = $base; Proof = $PSCmdlet.ParameterSetName; Caller = $Caller
        HandshakeHeader = $HandshakeHeader; FunctionKey = $FunctionKey.Copy(); Secret = $secret.Copy()
    }
    [pscustomobject] @{
        PSTypeName = 'MfaWebhook.Connection'; Name = $Name; Uri = $base; Proof = $PSCmdlet.ParameterSetName; Caller = $Caller
    }
}
