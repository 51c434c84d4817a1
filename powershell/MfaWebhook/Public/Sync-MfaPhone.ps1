function Sync-MfaPhone {
    <#
    .SYNOPSIS
    Makes users' MFA phone methods equal to what the directory holds.
    .DESCRIPTION
    Sends the whole list in one request, however long it is. The webhook reads each user's number from the directory and
    adds, updates, keeps or removes the registered method. A long list becomes a job. The function waits for it, with a progress
    bar, and returns one object for each user.

    By default the function shows the plan and asks you. -Confirm:$false writes without a question. -WhatIf returns the
    plan: objects with a PlanId, and a JobId if it was a job. Invoke-MfaPlan carries it out.
    .PARAMETER User
    User principal names or object ids, or objects with UserPrincipalName, UPN or Id: those of Get-ADUser, Get-MgUser and
    Import-Csv. The function ignores other properties, but refuses a property of Set-MfaMethod that has a value.
    .PARAMETER Group
    The object id of a group: all its members, nested ones included. You need the right operate.
    .PARAMETER Everyone
    Everyone in the directory. You need the right operate.
    .PARAMETER NoWait
    Return the job that writes, instead of waiting for it. Unless you give -Confirm:$false, the function first waits for
    the dry run, to show you its plan.
    .PARAMETER Reason
    Why you do this, such as the number of a ticket. The audit trail keeps it. One line of up to 200 characters, in ASCII
    unless the connection signs its calls.
    .PARAMETER Connection
    The name of a connection.
    .INPUTS
    Strings, or objects that name a user.
    .OUTPUTS
    One object for each user, with the fields of the webhook's report. With -NoWait a job.
    .EXAMPLE
    Sync-MfaPhone anna.andersson@contoso.com, bjorn.berg@contoso.com -WhatIf

    Shows what the webhook would do, and writes nothing.
    .EXAMPLE
    Get-ADUser -Filter "Department -eq 'Sales'" | Sync-MfaPhone -Confirm:$false | Where-Object status -eq failed

    Writes without a question, for scheduled scripts, and shows who failed.
    .EXAMPLE
    $plan = Get-ADUser -Filter * | Sync-MfaPhone -WhatIf
    $plan | Where-Object status -eq planned
    $plan | Invoke-MfaPlan

    Looks at the plan, then writes exactly that.
    .EXAMPLE
    $job = Sync-MfaPhone -Everyone -NoWait -Confirm:$false
    $job | Wait-MfaJob | Receive-MfaJob
    .LINK
    about_MfaWebhook
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', DefaultParameterSetName = 'User')]
    [OutputType('MfaWebhook.Result', 'MfaWebhook.Job')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ParameterSetName = 'User')]
        [AllowNull()] [AllowEmptyString()] [AllowEmptyCollection()] [object[]] $User,
        [Parameter(Mandatory, ParameterSetName = 'Group')] [guid] $Group,
        [Parameter(Mandatory, ParameterSetName = 'Everyone')] [switch] $Everyone,
        [switch] $NoWait,
        [string] $Reason,
        [string] $Connection = 'Default'
    )
    begin {
        Use-MfaCallerPreference $PSCmdlet
        $objects = [Collections.Generic.List[object]]::new()
    }
    process { if ($PSCmdlet.ParameterSetName -eq 'User') { Add-MfaObject $objects $User } }
    end {
        $with = Resolve-MfaConnection $PSCmdlet $Connection
        $content = switch ($PSCmdlet.ParameterSetName) {
            'Group' { New-MfaContent 'reconcile' "the members of group $Group" $null ([ordered] @{ group = "$Group" }) }
            'Everyone' {
                if (-not $Everyone) { Stop-MfaCommand $PSCmdlet 'noUsers' 'InvalidArgument' 'The list names no users. Nothing was sent.' }
                New-MfaContent 'reconcile' 'everyone' $null ([ordered] @{ scope = 'everyone' })
            }
            default {
                $users = ConvertTo-MfaUserList $PSCmdlet $objects
                New-MfaContent 'reconcile' (Get-MfaCountText $users.Count 'user') $users
            }
        }
        Invoke-MfaList $PSCmdlet $with $content (Get-MfaMode) @{ reason = $Reason } -NoWait:$NoWait
    }
}
