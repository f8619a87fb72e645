# functions of Windows that .NET has no names for. (Add-Type would start a compiler: on 5.1, in every run)
function Import-Kernel {
  $handle, $number, $text = [IntPtr], [int], [string]
  $functions = @{
    CreateJobObject = $handle, $handle, $text
    OpenJobObject = $handle, $number, $number, $text
    AssignProcessToJobObject = $number, $handle, $handle
    SetInformationJobObject = $number, $handle, $number, [byte[]], $number
    TerminateJobObject = $number, $handle, $number
    GetStdHandle = $handle, $number
    SetStdHandle = $number, $number, $handle
    SetHandleInformation = $number, $handle, $number, $number
    CreateFile = $handle, $text, $number, $number, $handle, $number, $number, $handle
    CloseHandle = $number, $handle
  }
  $assembly = [Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly([Reflection.AssemblyName]::new('RundeckSsm'), 'Run')
  $type = $assembly.DefineDynamicModule('RundeckSsm').DefineType('RundeckSsm.Kernel', 'Public')
  foreach ($function in $functions.GetEnumerator()) {
    $result, $parameters = $function.Value
    $method = $type.DefinePInvokeMethod($function.Key, 'kernel32.dll', 'Public, Static, PinvokeImpl', 'Standard', $result, [type[]]$parameters, 'Winapi', 'Unicode')
    $method.SetImplementationFlags('PreserveSig')
  }
  $type.CreateType()
}
