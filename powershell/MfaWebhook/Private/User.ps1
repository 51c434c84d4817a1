# Who is meant: texts, and objects of Get-ADUser, Get-MgUser, Import-Csv and others.

$script:NameColumns = 'UserPrincipalName', 'UPN', 'User principal name'
$script:IdColumns = 'Id', 'ObjectId', 'Object Id'
# Here the directory decides. A value in one of these would be passed over.
$script:ColumnsOfOthers = 'mobile', 'alternateMobile', 'office', 'email', 'smsSignIn', 'OfficePhone', 'ForcedUpdate', 'ForcedRemoval'

# A user that is nothing at all is one that has no name.
function Add-MfaObject([Collections.Generic.List[object]] $List, [object[]] $Objects) {
    if ($null -eq $Objects) { $List.Add($null) } else { $List.AddRange($Objects) }
}

function ConvertTo-MfaObject($Value) {
    if ($Value -is [Collections.IDictionary]) { [pscustomobject] $Value } else { $Value }
}

# The name and the value under which the webhook takes this user; nothing where there is none.
function Get-MfaUserName($User) {
    $text = ''
    if ($User -is [string] -or $User -is [guid]) { $text = "$User".Trim() }
    elseif ($null -ne $User) {
        foreach ($column in $script:NameColumns + $script:IdColumns) {
            $text = "$(Get-MfaMember $User $column)".Trim()
            if ($text) { break }
        }
    }
    if (-not $text) { return }
    $id = [guid]::Empty
    if ([guid]::TryParse($text, [ref] $id)) { @{ id = $text } } else { @{ userPrincipalName = $text } }
}

function New-MfaNamelessError($User, [int] $Number) {
    New-MfaErrorRecord 'userNameMissing' 'InvalidData' "Entry $Number names nobody: it has no UserPrincipalName and no Id. It was left out." $User
}

# A list of users for the directory to decide about.
function ConvertTo-MfaUserList($Cmdlet, $Objects) {
    $users = [Collections.Generic.List[object]]::new()
    $number = 0
    foreach ($object in $Objects) {
        $number++
        $object = ConvertTo-MfaObject $object
        if ($object -isnot [string] -and $null -ne $object) {
            foreach ($column in $script:ColumnsOfOthers) {
                if ("$(Get-MfaMember $object $column)".Trim()) {
                    Stop-MfaCommand $Cmdlet 'valuesNotUsed' 'InvalidData' "Entry $number has a value in '$column', but here the directory decides. Nothing was sent. Leave the column out, or use Set-MfaMethod or Import-MfaTable." $object
                }
            }
        }
        $user = Get-MfaUserName $object
        if ($null -ne $user) { $users.Add($user) } else { $Cmdlet.WriteError((New-MfaNamelessError $object $number)) }
    }
    if ($users.Count -eq 0) { Stop-MfaCommand $Cmdlet 'noUsers' 'InvalidArgument' 'The list names no users. Nothing was sent.' }
    , $users.ToArray()
}
