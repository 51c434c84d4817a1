function Set-MfaMethod {
    <#
    .SYNOPSIS
    Sets or removes users' MFA methods: you decide the values, not the directory.
    .DESCRIPTION
    You need the right explicit. The function takes objects with UserPrincipalName or Id and any of mobile,
    alternateMobile, office, email and smsSignIn, or users with the values as parameters. An empty value leaves a method
    alone; only -Remove removes.

    Numbers must be text: PowerShell drops the plus sign and leading zeros of a number without quotes. Columns with other
    names are refused. If one entry has a fault, the function sends nothing.

    By default the function shows the plan and asks you. -Confirm:$false writes without a question. -WhatIf returns the
    plan; Invoke-MfaPlan carries it out. A list that one request cannot hold is planned as a whole before anything is
    written. The question then says that limits count for each request.
    .PARAMETER User
    User principal names or object ids, or objects.
    .PARAMETER Mobile
    The mobile number, as text: '+46 701740605'.
    .PARAMETER AlternateMobile
    The alternate mobile number, as text.
    .PARAMETER Office
    The office number, as text.
    .PARAMETER Email
    The e-mail address.
    .PARAMETER SmsSignIn
    Whether the user may sign in with a text message: $true or $false.
    .PARAMETER Remove
    The methods to remove.
    .PARAMETER Reason
    Why you do this, such as the number of a ticket. The audit trail keeps it. One line of up to 200 characters, in ASCII
    unless the connection signs its calls.
    .PARAMETER Connection
    The name of a connection.
    .EXAMPLE
    Set-MfaMethod anna.andersson@contoso.com -Mobile '+46 701740605' -WhatIf
    .EXAMPLE
    Get-ADUser -Filter "Department -eq 'Sales'" -Properties mobile, telephoneNumber |
        Select-Object UserPrincipalName, mobile, @{ n = 'office'; e = { $_.telephoneNumber } } | Set-MfaMethod
    .EXAMPLE
    Set-MfaMethod anna.andersson@contoso.com -Remove email -Confirm:$false
    .LINK
    about_MfaWebhook
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('MfaWebhook.Result')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)]
        [AllowNull()] [AllowEmptyString()] [AllowEmptyCollection()] [object[]] $User,
        # No [string]: that would accept a number without a word.
        [object] $Mobile,
        [object] $AlternateMobile,
        [object] $Office,
        [object] $Email,
        [object] $SmsSignIn,
        [ValidateSet('mobile', 'alternateMobile', 'office', 'email')] [string[]] $Remove = @(),
        [string] $Reason,
        [string] $Connection = 'Default'
    )
    begin {
        Use-MfaCallerPreference $PSCmdlet
        $objects = [Collections.Generic.List[object]]::new()
    }
    process { Add-MfaObject $objects $User }
    end {
        $with = Resolve-MfaConnection $PSCmdlet $Connection
        $given = @{}
        foreach ($column in $script:ValueColumns + 'smsSignIn') {
            if ($PSBoundParameters.ContainsKey($column)) { $given[$column] = $PSBoundParameters[$column] }
        }
        $users = ConvertTo-MfaValueList $PSCmdlet $objects $given $Remove
        $content = New-MfaContent 'set' (Get-MfaCountText $users.Count 'user') $users
        Invoke-MfaList $PSCmdlet $with $content (Get-MfaMode) @{ reason = $Reason }
    }
}
