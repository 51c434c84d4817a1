# Who is meant: texts, and objects of Get-ADUser, Get-MgUser, Import-Csv and others.

# Names first: the id counts where there is no name.
$script:UserColumns = 'UserPrincipalName', 'UPN', 'User principal name', 'Id', 'ObjectId', 'Object Id'
# Here the directory decides. A value in one of these would be passed over.
$script:ColumnsOfOthers = 'mobile', 'alternateMobile', 'office', 'email', 'smsSignIn', 'OfficePhone', 'ForcedUpdate', 'ForcedRemoval'

# A user that is nothing at all is one that has no name.
function Add-MfaObject([Collections.Generic.List[object]] $List, [object[]] $Objects) {
    if ($null -eq $Objects) { $List.Add($null) } else { $List.AddRange($Objects) }
}

# Hashtables are objects too.
function ConvertTo-MfaObjectList($Objects) {
    , @(foreach ($object in $Objects) { if ($object -is [Collections.IDictionary]) { [pscustomobject] $object } else { , $object } })
}

# For each user the name and the value under which the webhook takes it; null where there is none. All in one call: lists
# are long, and calling a function takes ten times as long as what is done here for one user.
function Get-MfaUserNames($Objects) {
    $id = [guid]::Empty
    , @(foreach ($object in $Objects) {
            $text = ''
            if ($object -is [string] -or $object -is [guid]) { $text = "$object".Trim() }
            elseif ($null -ne $object) {
                $have = $object.PSObject.Properties
                foreach ($column in $script:UserColumns) {
                    $found = $have[$column]
                    if ($null -ne $found -and ($text = "$($found.Value)".Trim())) { break }
                }
            }
            if (-not $text) { , $null }
            elseif ([guid]::TryParse($text, [ref] $id)) { @{ id = $text } }
            else { @{ userPrincipalName = $text } }
        })
}

function New-MfaNamelessError($User, [int] $Number) {
    New-MfaErrorRecord 'userNameMissing' 'InvalidData' "Entry $Number names no user: it has no UserPrincipalName and no Id. It was left out." $User
}

# A list of users for the directory to decide about.
function ConvertTo-MfaUserList($Cmdlet, $Objects) {
    $Objects = ConvertTo-MfaObjectList $Objects
    $names = Get-MfaUserNames $Objects
    $users = [Collections.Generic.List[object]]::new()
    $refused = [Collections.Generic.HashSet[string]]::new([string[]] $script:ColumnsOfOthers, [StringComparer]::OrdinalIgnoreCase)
    for ($at = 0; $at -lt $names.Count; $at++) {
        $object = $Objects[$at]
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
