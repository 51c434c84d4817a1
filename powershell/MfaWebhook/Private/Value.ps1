# Users with values: what objects and parameters say of them.

$script:NumberColumns = 'mobile', 'alternateMobile', 'office'
$script:ValueColumns = 'mobile', 'alternateMobile', 'office', 'email'

function ConvertTo-MfaValueList($Cmdlet, $Objects, [Collections.IDictionary] $Given, [string[]] $Remove) {
    $users = [Collections.Generic.List[object]]::new()
    $without = [Collections.Generic.List[string]]::new()
    $Objects = ConvertTo-MfaObjectList $Objects
    $names = Get-MfaUserNames $Objects
    $columns = $script:ValueColumns + 'smsSignIn'
    $lastColumns = ''
    $id = [guid]::Empty
    for ($at = 0; $at -lt $names.Count; $at++) {
        $object, $entry = $Objects[$at], $names[$at]
        if ($entry -is [string]) { $Cmdlet.ThrowTerminatingError((New-MfaTwoUsersError $object ($at + 1) $entry 'Nothing was sent.')) }
        if ($null -eq $entry) {
            $Cmdlet.WriteError((New-MfaNamelessError $object ($at + 1)))
            continue
        }
        $who = @($entry.Values)[0]
        $have = $object.PSObject.Properties
        if ($object -isnot [string] -and $object -isnot [guid] -and -not [string]::Equals("$($have.Name)", $lastColumns)) {
            Assert-MfaColumns $Cmdlet $object ($at + 1)
            $lastColumns = "$($have.Name)"
        }
        $entry = [ordered] @{ @($entry.Keys)[0] = $who }
        # The webhook refuses an object id of another user beside the name.
        if ($entry.Contains('userPrincipalName')) {
            foreach ($column in $script:IdColumns) {
                if ($null -ne $have[$column] -and [guid]::TryParse("$($have[$column].Value)".Trim(), [ref] $id)) {
                    $entry.id = "$id"
                    break
                }
            }
        }
        $named = $entry.Count
        foreach ($column in $columns) {
            $value = $null
            if ($null -ne $have[$column]) { $value = $have[$column].Value }
            # Empty is nothing, white space, and the DBNull of a database.
            if (-not "$value".Trim()) { $value = $Given[$column] }
            elseif ($Given.Contains($column)) {
                Stop-MfaCommand $Cmdlet 'valueTwice' 'InvalidArgument' "$column for $who is given both in the object and as a parameter. Nothing was sent." $object
            }
            if (-not "$value".Trim()) { continue }
            if ($column -in $Remove) {
                Stop-MfaCommand $Cmdlet 'valueTwice' 'InvalidArgument' "You gave a value for $column of $who and also asked to remove it. Nothing was sent." $object
            }
            $entry[$column] = if ($value -is [string] -and $column -ne 'smsSignIn') { $value.Trim() } else { ConvertTo-MfaOtherValue $Cmdlet $column $who $value }
        }
        foreach ($column in $script:ValueColumns) { if ($column -in $Remove) { $entry[$column] = $null } }
        if ($entry.Count -gt $named) { $users.Add($entry) } else { $without.Add($who) }
    }
    if ($users.Count -eq 0) {
        Stop-MfaCommand $Cmdlet 'nothingToSet' 'InvalidArgument' 'No user has a value. An empty value leaves a method alone; -Remove removes it. Nothing was sent.'
    }
    if ($without.Count) {
        $Cmdlet.WriteWarning("Left out $(Get-MfaCountText $without.Count 'user') without a value: $(($without | Select-Object -First 5) -join ', ')$(if ($without.Count -gt 5) { ' ...' })")
    }
    , $users.ToArray()
}

# What is no number or address as text: only smsSignIn may be something else.
function ConvertTo-MfaOtherValue($Cmdlet, [string] $Column, [string] $Who, $Value) {
    if ($Column -eq 'smsSignIn') {
        $isOn = $false
        if ([bool]::TryParse("$Value", [ref] $isOn)) { return $isOn }
        Stop-MfaCommand $Cmdlet 'notABoolean' 'InvalidData' "smsSignIn of $Who must be true or false. Nothing was sent."
    }
    $why = "The value of $Column for $Who is not text ($($Value.GetType().Name)). Nothing was sent."
    if ($Column -in $script:NumberColumns) { $why += ' Write numbers in quotes: without them PowerShell drops the plus sign and leading zeros.' }
    Stop-MfaCommand $Cmdlet 'notText' 'InvalidType' $why
}

function Assert-MfaColumns($Cmdlet, $Object, [int] $Number) {
    $known = New-MfaNameSet ($script:UserColumns + $script:ValueColumns + 'smsSignIn')
    $unknown = @($Object.PSObject.Properties.Name | Where-Object { -not $known.Contains($_) })
    if (-not $unknown) { return }
    $hint = "Known: UserPrincipalName or Id, $($script:ValueColumns -join ', '), smsSignIn. Choose them with Select-Object."
    if ($unknown -match '^(OfficePhone|ForcedUpdate|ForcedRemoval)$') { $hint = 'For a table of the bulk script, use Import-MfaTable.' }
    $named = ($unknown | Select-Object -First 10 | ForEach-Object { "'$_'" }) -join ', '
    Stop-MfaCommand $Cmdlet 'unknownColumn' 'InvalidData' "Entry $Number has unknown columns: $named. Nothing was sent. $hint" $Object
}
