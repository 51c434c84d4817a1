# What is registered for one user. A user that cannot be read gives an error; the other users follow. $Reading is shared
# by all users of a command: its Route is that of the phones alone once Graph has refused the list of all methods.
function Read-MfaMethods($Cmdlet, $Connection, $User, [int] $Number, [hashtable] $Reading, [switch] $Full) {
    $name = (Get-MfaUserNames (ConvertTo-MfaObjectList @(, $User)))[0]
    if ($null -eq $name) { $Cmdlet.WriteError((New-MfaNamelessError $User $Number)); return }
    if ($name -is [string]) { $Cmdlet.WriteError((New-MfaTwoUsersError $User $Number $name 'It was left out.')); return }
    $who = @($name.Values)[0]
    $path, $query = "users/$([uri]::EscapeDataString($who))", $(if ($Full) { 'show=full' })
    $answer = Invoke-MfaCall $Connection 'GET' "$path/$($Reading.Route)" $query
    if ($Reading.Route -eq 'methods' -and (Get-MfaMember $answer.Json 'code') -eq 'forbidden') {
        $phones = Invoke-MfaCall $Connection 'GET' "$path/phone-methods" $query
        if ($phones.Status -eq 200) {
            $Cmdlet.WriteWarning('The webhook may read phone methods only, so only phones were read. To read other methods too, grant the permission: sh infra/grant.sh --all-methods, or ./infra/grant.ps1 -AllMethods')
            $answer, $Reading.Route = $phones, 'phone-methods'
        }
    }
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
        IsPhonesOnly      = $Reading.Route -eq 'phone-methods'
        Methods           = @(foreach ($method in @(Get-MfaMember $answer.Json 'value')) {
                $kind = Get-MfaMember $method 'method'
                if ($null -eq $kind) { $kind = Get-MfaMember $method 'phoneType' }
                $value = Get-MfaMember $method 'phoneNumber'
                if ($null -eq $value) { $value = Get-MfaMember $method 'emailAddress' }
                [pscustomobject] @{
                    PSTypeName = 'MfaWebhook.Method'; UserPrincipalName = $upn; UserId = Get-MfaMember $answer.Json 'userId'
                    Method = $kind; Value = $value; SmsSignIn = Get-MfaMember $method 'smsSignInState'
                    DisplayName = Get-MfaMember $method 'displayName'; Id = Get-MfaMember $method 'id'
                }
            })
    }
}

# Before anybody is read: an export takes long, and one with whole numbers is in the audit trail. Leaves the file as it is.
function Assert-MfaWritable($Cmdlet, [string] $File) {
    $isNew = -not [IO.File]::Exists($File)
    try {
        [IO.File]::Open($File, 'OpenOrCreate', 'Write').Dispose()
        if ($isNew) { [IO.File]::Delete($File) }
    }
    catch { Stop-MfaUnwritten $Cmdlet $File $_ }
}

# Where the rows are until all are there: backup.incomplete.csv.
function Get-MfaPartName([string] $File) { [IO.Path]::ChangeExtension($File, ".incomplete$([IO.Path]::GetExtension($File))") }

# The file itself is written last, when all rows are on the disk beside it: reading may stop, and the disk may be full.
function Write-MfaExport($Cmdlet, [string] $File, $Rows, [switch] $IsPart, [switch] $Full) {
    $lines = [string[]] ($Rows | ConvertTo-Csv -NoTypeInformation)
    $target = $part = Get-MfaPartName $File
    try {
        [IO.File]::Delete($part)
        foreach ($target in @($part) + @(if (-not $IsPart) { $File })) {
            if ($Full) { Protect-MfaFile $Cmdlet $target }
            [IO.File]::WriteAllLines($target, $lines, [Text.UTF8Encoding]::new($true))
        }
        if (-not $IsPart) { [IO.File]::Delete($part) }
    }
    catch { Stop-MfaUnwritten $Cmdlet $File $_ $(if ($target -eq $File) { " All rows are in $part." }) }
}

# Before whole numbers are in it. A new file is its owner's alone, and one that exists is closed to who is neither owner nor
# in its group. In Windows the folder decides who may read it. Not every disk has such rights, so a warning is enough.
function Protect-MfaFile($Cmdlet, [string] $File) {
    if ([Environment]::OSVersion.Platform -ne 'Unix') { return }
    $mode = 'o-rwx'
    if (-not [IO.File]::Exists($File)) {
        [IO.File]::Create($File).Dispose()
        $mode = '600'
    }
    chmod $mode $File
    if ($LASTEXITCODE) { $Cmdlet.WriteWarning("Others may be able to read the file, because chmod failed: $File") }
}

function Stop-MfaUnwritten($Cmdlet, [string] $File, $Record, [string] $Beside) {
    Stop-MfaCommand $Cmdlet 'fileNotWritten' 'WriteError' "The file cannot be written: $($Record.Exception.GetBaseException().Message)$Beside" $File
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
        $row['Email'] = if ($Read.IsPhonesOnly) { 'unknown' } else { ConvertTo-MfaCell $value['email'] }
        $row['SmsSignIn'] = if ($phones) { $phones[0].SmsSignIn }
        $others = @($Read.Methods | Where-Object { $_.Method -notin $script:ValueColumns } | ForEach-Object { $_.Method }) -join ' '
        $row['Others'] = if ($Read.IsPhonesOnly) { 'unknown' } else { $others }
    }
    [pscustomobject] $row
}

# A spreadsheet takes a cell that begins like this for a formula. The webhook takes the apostrophe off again.
function ConvertTo-MfaCell($Value) {
    if ("$Value" -match '^[=+\-@\t\r]') { "'$Value" } else { $Value }
}
