# Who is meant: texts, and objects of Get-ADUser, Get-MgUser, Import-Csv and others.

# By ordinal: -eq and -in pass over invisible characters, and what upper case is depends on the culture.
function New-MfaNameSet([string[]] $Names) {
    , [Collections.Generic.HashSet[string]]::new($Names, [StringComparer]::OrdinalIgnoreCase)
}

# Names first: the id counts where there is no name.
$script:NameColumns = 'UserPrincipalName', 'UPN', 'User principal name'
$script:IdColumns = 'Id', 'ObjectId', 'Object Id', 'userId'
$script:UserColumns = $script:NameColumns + $script:IdColumns
# Here the directory decides. A value in one of these would be passed over.
$script:ColumnsOfOthers = 'mobile', 'alternateMobile', 'office', 'email', 'smsSignIn', 'OfficePhone', 'AlternateMobilePhone', 'ForcedUpdate', 'ForcedRemoval'

# A user that is nothing at all is one that has no name.
function Add-MfaObject([Collections.Generic.List[object]] $List, [object[]] $Objects) {
    if ($null -eq $Objects) { $List.Add($null) } else { $List.AddRange($Objects) }
}

# Hashtables are objects too. A method of Get-MfaMethod stands for its user: its Id is its own.
function ConvertTo-MfaObjectList($Objects) {
    , @(foreach ($object in $Objects) {
            if ($object -is [Collections.IDictionary]) { [pscustomobject] $object }
            elseif ($object -is [Management.Automation.PSCustomObject] -and $object.PSObject.TypeNames[0] -eq 'MfaWebhook.Method') { $object | Select-Object UserPrincipalName, UserId }
            else { , $object }
        })
}

# For each user the name and the value under which the webhook takes it; null where there is none, and a text where two
# columns name different users. All in one call: lists are long, and calling a function takes ten times as long as what is
# done here for one user.
function Get-MfaUserNames($Objects) {
    $id = $other = [guid]::Empty
    , @(foreach ($object in $Objects) {
            $text = $first = $twice = ''
            $id = [guid]::Empty
            if ($object -is [string] -or $object -is [guid]) { $text = "$object".Trim() }
            elseif ($null -ne $object) {
                $have = $object.PSObject.Properties
                foreach ($column in $script:NameColumns) {
                    $found = $have[$column]
                    if ($null -eq $found -or -not ($value = "$($found.Value)".Trim())) { continue }
                    if (-not $text) { $text, $first = $value, $column }
                    elseif (-not [string]::Equals($text, $value, 'OrdinalIgnoreCase')) { $twice = "'$first' is $text, '$column' is $value" }
                }
                $isName = $text -and -not [guid]::TryParse($text, [ref] $id)
                foreach ($column in $script:IdColumns) {
                    $found = $have[$column]
                    if ($null -eq $found -or -not ($value = "$($found.Value)".Trim())) { continue }
                    if (-not $text) { $text, $first = $value, $column }
                    if (-not [guid]::TryParse($value, [ref] $other)) { continue }
                    if ($id -eq [guid]::Empty) {
                        $id = $other
                        if ($isName) { $first = $column }
                    }
                    elseif ($id -ne $other) { $twice = "'$first' is $id, '$column' is $value" }
                }
            }
            if ($twice) { $twice }
            elseif (-not $text) { , $null }
            elseif ([guid]::TryParse($text, [ref] $id)) { @{ id = $text } }
            else { @{ userPrincipalName = $text } }
        })
}

function New-MfaNamelessError($User, [int] $Number) {
    New-MfaErrorRecord 'userNameMissing' 'InvalidData' "Entry $Number names no user: it has no UserPrincipalName and no Id. It was left out." $User
}

function New-MfaTwoUsersError($User, [int] $Number, [string] $Named, [string] $Done) {
    New-MfaErrorRecord 'userNotClear' 'InvalidData' "Entry $Number names two users: $Named. It is not clear which one counts. $Done" $User
}

# A list of users for the directory to decide about.
function ConvertTo-MfaUserList($Cmdlet, $Objects) {
    $Objects = ConvertTo-MfaObjectList $Objects
    $names = Get-MfaUserNames $Objects
    $users = [Collections.Generic.List[object]]::new()
    $refused = New-MfaNameSet $script:ColumnsOfOthers
    for ($at = 0; $at -lt $names.Count; $at++) {
        $object = $Objects[$at]
        if ($names[$at] -is [string]) { $Cmdlet.ThrowTerminatingError((New-MfaTwoUsersError $object ($at + 1) $names[$at] 'Nothing was sent.')) }
        if ($object -isnot [string] -and $null -ne $object) {
            foreach ($property in $object.PSObject.Properties) {
                if ($refused.Contains($property.Name) -and "$($property.Value)".Trim()) {
                    Stop-MfaCommand $Cmdlet 'valuesNotUsed' 'InvalidData' "Entry $($at + 1) has a value in '$($property.Name)', but here the directory decides. Nothing was sent. Leave the column out, or use Set-MfaMethod or Import-MfaTable." $object
                }
            }
        }
        if ($null -ne $names[$at]) { $users.Add($names[$at]) } else { $Cmdlet.WriteError((New-MfaNamelessError $object ($at + 1))) }
    }
    if ($users.Count -eq 0) { Stop-MfaCommand $Cmdlet 'noUsers' 'InvalidArgument' 'The list names no users. Nothing was sent.' }
    , $users.ToArray()
}
