namespace SoundSearch.Engine.Formats;

/// <summary>Element types of PyTorch's storages.</summary>
public enum PyTorchDType
{
    /// <summary>Bytes of a storage without a type, as newer versions write; the tensor names its type.</summary>
    Untyped,
    Float32,
    Float64,
    Float16,
    BFloat16,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt8,
    Bool,

    /// <summary>Complex numbers and quantised types: listed, but not readable as float32.</summary>
    Other,
}
