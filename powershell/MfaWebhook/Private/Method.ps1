# What is registered for one user. A user that cannot be read gives an error; the other users follow.
function Read-MfaMethods($Cmdlet, $Connection, $User, [int] $Number, [switch] $Full) {
    $name = (Get-MfaUserNames (ConvertTo-MfaObjectList @(, $User)))[0]
    if ($null -eq $name) { $Cmdlet.WriteError((New-MfaNamelessError $User $Number)); return }
    $who = @($name.Values)[0]
    $answer = Invoke-MfaCall $Connection 'GET' "users/$([uri]::EscapeDataString($who))/methods" $(if ($Full) { 'show=full' })
    if ($answer.Status -ne 200 -or $null -eq $answer.Json) {
        $record = ConvertTo-MfaErrorRecord $answer "User: $who"
        # The other users would fail in the same way.
        if ($answer.Status -in 0, 401, 429 -or (Get-MfaMember $answer.Json 'code') -in 'rightMissing', 'explicitDisabled') { $Cmdlet.ThrowTerminatingError($record) }
        $Cmdlet.WriteError($record)
        return
    }
    $upn = Get-MfaMember $answer.Json 'userPrincipalName'
    [pscustomobject] @{
        UserPrincipalName = $upn
        Methods           = @(foreach ($method in @(Get-MfaMember $answer.Json 'value')) {
                $value = Get-MfaMember $method 'phoneNumber'
                if ($null -eq $value) { $value = Get-MfaMember $method 'emailAddress' }
                [pscustomobject] @{
                    PSTypeName = 'MfaWebhook.Method'; UserPrincipalName = $upn; UserId = Get-MfaMember $answer.Json 'userId'
                    Method = Get-MfaMember $method 'method'; Value = $value; SmsSignIn = Get-MfaMember $method 'smsSignInState'
                    DisplayName = Get-MfaMember $method 'displayName'; Id = Get-MfaMember $method 'id'
                }
            })
    }
}

# One row for each user. Full rows are a table of the bulk script, which Import-MfaTable restores.
function ConvertTo-MfaExportRow($Read, [switch] $Full) {
    $value = @{}
    foreach ($method in $Read.Methods) { $value[$method.Method] = $method.Value }
    $row = [ordered] @{ UPN = $Read.UserPrincipalName }
    $columns = [ordered] @{ Mobile = 'mobile'; OfficePhone = 'office'; AlternateMobile = 'alternateMobile' }
    foreach ($column in $columns.Keys) { $row[$column] = ConvertTo-MfaCell $value[$columns[$column]] }
    if ($Full) {
        $row['ForcedUpdate'] = 'true'
        $row['ForcedRemoval'] = 'false'
    }
    else {
        $phones = @($Read.Methods | Where-Object { $_.Method -eq 'mobile' })
        $row['Email'] = ConvertTo-MfaCell $value['email']
        $row['SmsSignIn'] = if ($phones) { $phones[0].SmsSignIn }
        $row['Others'] = @($Read.Methods | Where-Object { $_.Method -notin $script:ValueColumns } | ForEach-Object { $_.Method }) -join ' '
    }
    [pscustomobject] $row
}

# A spreadsheet takes a cell that begins like this for a formula. The webhook takes the apostrophe off again.
function ConvertTo-MfaCell($Value) {
    if ("$Value" -match '^[=+\-@\t\r]') { "'$Value" } else { $Value }
}
