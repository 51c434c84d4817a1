function Get-MfaMethod {
    <#
    .SYNOPSIS
    Returns the registered MFA methods of users, with masked numbers.
    .DESCRIPTION
    Returns one object for each method. A user that cannot be read gives an error, and the others follow. You need
    the right read, and a connection that does not sign its calls. If the webhook may read phone methods only, you get
    a warning, and the phone methods.
    .PARAMETER User
    User principal names or object ids, or objects that have one of these.
    .PARAMETER Full
    Show whole numbers. Needs the right readFull, and leaves a record in the audit trail.
    .PARAMETER Connection
    The name of a connection.
    .EXAMPLE
    Get-MfaMethod anna.andersson@contoso.com
    .EXAMPLE
    Get-MgGroupMember -GroupId $id -All | Get-MfaMethod | Where-Object Method -eq mobile
    .LINK
    about_MfaWebhook
    #>
    [CmdletBinding()]
    [OutputType('MfaWebhook.Method')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)]
        [AllowNull()] [AllowEmptyString()] [AllowEmptyCollection()] [object[]] $User,
        [switch] $Full,
        [string] $Connection = 'Default'
    )
    begin {
        Use-MfaCallerPreference $PSCmdlet
        $with = Resolve-MfaConnection $PSCmdlet $Connection
        $number = 0
        $reading = @{ Route = 'methods' }
    }
    process {
        $objects = [Collections.Generic.List[object]]::new()
        Add-MfaObject $objects $User
        foreach ($one in $objects) {
            $number++
            $read = Read-MfaMethods $PSCmdlet $with $one $number $reading -Full:$Full
            if ($null -ne $read) { $read.Methods }
        }
    }
}
