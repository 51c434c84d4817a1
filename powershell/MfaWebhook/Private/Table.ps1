# The CSV of the bulk script: sent as it is, read here only to know its columns and where rows end.

# Headers are read as the webhook reads them: without white space and invisible characters.
$script:Unseen = '[\s\p{Cf}]'

$script:TableColumns = 'UPN', 'UserPrincipalName', 'Id', 'ObjectId', 'Mobile', 'MobilePhone', 'OfficePhone',
    'AlternateMobile', 'AlternateMobilePhone', 'ForcedUpdate', 'ForcedRemoval'

function Read-MfaTable($Cmdlet, [string] $Path) {
    try { $bytes = [IO.File]::ReadAllBytes($Cmdlet.GetUnresolvedProviderPathFromPSPath($Path)) }
    catch { Stop-MfaCommand $Cmdlet 'fileNotRead' 'ReadError' "The file cannot be read: $($_.Exception.GetBaseException().Message)" $Path }
    $encoding = Get-MfaEncoding $bytes
    $mark = $encoding.GetPreamble()
    $start = 0
    if ($mark.Length -and $bytes.Length -ge $mark.Length -and -not (Compare-Object $mark $bytes[0..($mark.Length - 1)] -SyncWindow 0)) { $start = $mark.Length }
    $records = @(Split-MfaRecord $encoding.GetString($bytes, $start, $bytes.Length - $start))
    $head = Find-MfaTableHead $records
    if ($null -eq $head) { Stop-MfaCommand $Cmdlet 'noHeader' 'InvalidData' "The file has no header with the column UPN. Nothing was sent." $Path }
    $known = New-MfaNameSet $script:TableColumns
    $unknown = @($head.Columns | Where-Object { $_ -and -not $known.Contains(($_ -replace $script:Unseen)) })
    if ($unknown) {
        $named = ($unknown | Select-Object -First 10 | ForEach-Object { "'$_'" }) -join ', '
        Stop-MfaCommand $Cmdlet 'unknownColumn' 'InvalidData' "The table has unknown columns: $named. Nothing was sent. Known: UPN, Mobile, OfficePhone, AlternateMobile, ForcedUpdate, ForcedRemoval." $Path
    }
    $rows = @($records | Select-Object -Skip ($head.At + 1) | Where-Object { $_.Trim(" `t`r`n,;`"$([char] 26)") })
    if (-not $rows) { Stop-MfaCommand $Cmdlet 'noUsers' 'InvalidArgument' 'The table has no rows below its header. Nothing was sent.' $Path }
    [pscustomobject] @{
        Encoding = $encoding; Mark = $bytes[0..($start - 1)] * [int] ($start -gt 0); Delimiter = $head.Delimiter
        Head = ($records[0..$head.At] -join ''); Columns = $head.Columns; Rows = $rows; Whole = $bytes; Count = $rows.Count
    }
}

# The file itself, as long as all its rows are sent.
function Get-MfaTableBytes($Table) {
    if ($Table.Rows.Count -eq $Table.Count) { return , $Table.Whole }
    , [byte[]] ($Table.Mark + $Table.Encoding.GetBytes($Table.Head + ($Table.Rows -join '')))
}

function Get-MfaEncoding([byte[]] $Bytes) {
    if ($Bytes.Length -ge 2 -and $Bytes[0] -eq 0xFF -and $Bytes[1] -eq 0xFE) { return [Text.Encoding]::Unicode }
    if ($Bytes.Length -ge 2 -and $Bytes[0] -eq 0xFE -and $Bytes[1] -eq 0xFF) { return [Text.Encoding]::BigEndianUnicode }
    $strict = [Text.UTF8Encoding]::new($true, $true)
    try { [void] $strict.GetCharCount($Bytes); $strict }
    catch { [Text.Encoding]::GetEncoding(28591) }
}

# Rows with their line ends. An end of line in quotes belongs to the row.
function Split-MfaRecord([string] $Text) {
    $from = 0
    $quoted = $false
    foreach ($match in [regex]::Matches($Text, "`"|\r\n|\n|\r")) {
        if ($match.Value -eq '"') { $quoted = -not $quoted }
        elseif (-not $quoted) {
            $end = $match.Index + $match.Length
            $Text.Substring($from, $end - $from)
            $from = $end
        }
    }
    if ($from -lt $Text.Length) { $Text.Substring($from) }
}

# Excel's "sep=" and PowerShell's "#TYPE" may stand above it.
function Find-MfaTableHead([string[]] $Records) {
    $delimiters = ',', ';', "`t"
    $names = New-MfaNameSet @('UPN', 'UserPrincipalName', 'Id', 'ObjectId')
    for ($at = 0; $at -lt $Records.Count; $at++) {
        $line = $Records[$at].Trim(" `r`n")      # a tab may be the delimiter
        if ($line -match '^"?sep=(.)"?$') { $delimiters = , $Matches[1]; continue }
        if (-not $line.Trim(" ,;`t`"") -or $line -match '^[" ]*#TYPE') { continue }
        $heads = foreach ($delimiter in $delimiters) {
            $cells = [regex]::Matches($line, "(?:^|$([regex]::Escape($delimiter)))\s*(?:`"((?:[^`"]|`"`")*)`"|([^$([regex]::Escape($delimiter))]*))") |
                ForEach-Object { "$($_.Groups[1].Value)$($_.Groups[2].Value)".Trim() }
            [pscustomobject] @{ At = $at; Delimiter = $delimiter; Columns = @($cells) }
        }
        $named = @($heads | Where-Object { @($_.Columns | Where-Object { $names.Contains(($_ -replace $script:Unseen)) }) })
        return $named | Sort-Object { $_.Columns.Count } -Descending | Select-Object -First 1
    }
}

# Two rows of one user in two requests would each be right by themselves, and the webhook would not see both.
function Assert-MfaDistinctUsers($Cmdlet, $Content) {
    $names = if ($null -ne $Content.Table) {
        $table = $Content.Table
        $rows = @(ConvertFrom-Csv -InputObject ($table.Rows -join '') -Delimiter $table.Delimiter -Header (Get-MfaPlainHeads $table.Columns))
        $found = Get-MfaUserNames $rows
        foreach ($name in $found) { if ($name -is [hashtable]) { $name.Values } }
    }
    else { foreach ($user in $Content.Users) { $user[0] } }
    $seen, $twice = (New-MfaNameSet @()), (New-MfaNameSet @())
    foreach ($name in $names) { if (-not $seen.Add($name)) { $null = $twice.Add($name) } }
    Stop-MfaTwice $Cmdlet @($twice)
}

function Stop-MfaTwice($Cmdlet, [string[]] $Names) {
    if (-not $Names) { return }
    $named = ($Names | Select-Object -First 10) -join ', '
    Stop-MfaCommand $Cmdlet 'userTwice' 'InvalidData' "The list is too long for one request, and it names these users more than once: $named. Nothing was written."
}

# ConvertFrom-Csv needs a different name for each column.
function Get-MfaPlainHeads([string[]] $Columns) {
    $seen = New-MfaNameSet @()
    for ($at = 0; $at -lt $Columns.Count; $at++) {
        $plain = $Columns[$at] -replace $script:Unseen
        if ($plain -and $seen.Add($plain)) { $plain } else { "column $at" }
    }
}

function New-MfaTableContent($Cmdlet, $Connection, [string] $Path) {
    if ($Connection.Proof -eq 'Signature') {
        Stop-MfaCommand $Cmdlet 'notSigned' 'InvalidOperation' 'A signed call cannot carry a table. Use Set-MfaMethod, or a connection with a handshake or a token.' $Path
    }
    $table = Read-MfaTable $Cmdlet $Path
    New-MfaContent 'set' "$(Split-Path -Path $Path -Leaf) ($(Get-MfaCountText $table.Count 'row'))" $null $null $table
}
