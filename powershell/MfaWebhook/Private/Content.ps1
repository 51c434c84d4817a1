# What a list says: users, users with values, a group, everyone, or a table. And the bytes that say it.

$script:LongestReason = 200

function New-MfaContent([string] $Operation, [string] $What, [object[]] $Users, [Collections.IDictionary] $Scope, $Table) {
    $count = 0
    if ($null -ne $Users) { $count = $Users.Count }
    if ($null -ne $Table) { $count = $Table.Rows.Count }
    [pscustomobject] @{ Operation = $Operation; What = $What; Users = $Users; Scope = $Scope; Table = $Table; Count = $count }
}

function Get-MfaCountText([int] $Count, [string] $What) { "$Count $What$(if ($Count -ne 1) { 's' })" }

function Split-MfaContent($Content, [int] $Size) {
    for ($at = 0; $at -lt $Content.Count; $at += $Size) {
        $end = [Math]::Min($at + $Size, $Content.Count) - 1
        $what = "$($Content.What), $($at + 1) to $($end + 1)"
        if ($null -ne $Content.Table) {
            $table = $Content.Table.PSObject.Copy()
            $table.Rows = $Content.Table.Rows[$at..$end]
            New-MfaContent $Content.Operation $what $null $null $table
        }
        else { New-MfaContent $Content.Operation $what $Content.Users[$at..$end] }
    }
}

# Made once for each request: the same bytes are signed and sent. -Compress, because 5.1 is slow otherwise.
function Get-MfaContentBytes($Connection, $Content, [Collections.IDictionary] $Options) {
    if ($null -ne $Content.Table) { return , (Get-MfaTableBytes $Content.Table) }
    if ($Connection.Proof -ne 'Signature') {
        $document = if ($null -ne $Content.Scope) { $Content.Scope } else { , $Content.Users }
    }
    else {
        # Everything that is asked for stands in the body, where the signature covers it.
        $document = [ordered] @{ operation = $Content.Operation }
        if ($null -ne $Content.Scope) { foreach ($key in $Content.Scope.Keys) { $document[$key] = $Content.Scope[$key] } }
        else { $document['users'] = $Content.Users }
        foreach ($key in 'dryRun', 'async', 'planId', 'idempotencyKey', 'reason') {
            if ($Options[$key]) { $document[$key] = $Options[$key] }
        }
    }
    , [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -InputObject $document -Depth 5 -Compress))
}

# The same options in query and headers, for calls that are not signed.
function Get-MfaOptionQuery($Connection, [Collections.IDictionary] $Options) {
    if ($Connection.Proof -eq 'Signature') { return '' }
    @(foreach ($key in 'dryRun', 'async') { if ($Options[$key]) { "$key=true" } }) -join '&'
}

function Get-MfaOptionHeader($Connection, [Collections.IDictionary] $Options) {
    $headers = @{}
    if ($Connection.Proof -ne 'Signature') {
        if ($Options['planId']) { $headers['If-Match'] = "`"$($Options['planId'])`"" }
        if ($Options['idempotencyKey']) { $headers['Idempotency-Key'] = $Options['idempotencyKey'] }
        if ($Options['reason']) { $headers['X-Reason'] = $Options['reason'] }
    }
    $headers
}

# Before anything is sent. A line end in a header would begin another header, and HttpClient sends only ASCII in one.
function Assert-MfaReason($Cmdlet, $Connection, [string] $Reason) {
    $characters = ($Reason -replace '[\uDC00-\uDFFF]').Length      # a character outside the basic plane is two in .NET
    $fault = if ($characters -gt $script:LongestReason -or $Reason -match '[\p{Cc}\p{Zl}\p{Zp}]') {
        "-Reason must have at most $script:LongestReason characters, without line ends and tabs."
    }
    elseif ($Connection.Proof -ne 'Signature' -and $Reason -cmatch '[^\x20-\x7e]') {
        '-Reason must be ASCII on this connection, which sends it in a header. A connection that signs its calls takes other characters too.'
    }
    if ($fault) { Stop-MfaCommand $Cmdlet 'reasonNotUsable' 'InvalidArgument' "$fault Nothing was written." $Reason }
}

function Send-MfaContent($Connection, $Content, [Collections.IDictionary] $Options) {
    # A list that is sent again, because the answer was 503, is the same job.
    if ($Content.Operation -eq 'reconcile') { $Options = $Options + @{ idempotencyKey = [guid]::NewGuid().ToString() } }
    $type = if ($null -ne $Content.Table) { 'text/csv' } else { 'application/json; charset=utf-8' }
    $body = Get-MfaContentBytes $Connection $Content $Options
    Invoke-MfaCall $Connection 'POST' $Content.Operation (Get-MfaOptionQuery $Connection $Options) `
        (Get-MfaOptionHeader $Connection $Options) $body $type
}
