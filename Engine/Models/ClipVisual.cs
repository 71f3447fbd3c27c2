using System.Numerics.Tensors;
using SoundSearch.Engine.Formats;
using Tensor = SoundSearch.Engine.Formats.Tensor;

namespace SoundSearch.Engine.Models;

/// <summary>
/// CLIP's image tower, read under its own names ("visual.*") into an <see cref="AudioTower"/>: as it is, for pictures
/// (frames and bins are then a picture's rows and columns), or as the start of an audio tower, as VIP-ANT's
/// copy_state_dict does it: positions resized bilinearly from the square grid, kernels from one patch size to another,
/// and averaged over their channels if the tower wants one channel.
/// </summary>
public static class ClipVisual
{
    /// <summary>OpenAI's name of one of the tower's parameters.</summary>
    public static string NameOf(string parameter) => parameter switch
    {
        _ when parameter.StartsWith("pre_encoder.ln.", StringComparison.Ordinal) => "visual.ln_pre." + parameter["pre_encoder.ln.".Length..],
        _ when parameter.StartsWith("post_encoder.ln.", StringComparison.Ordinal) => "visual.ln_post." + parameter["post_encoder.ln.".Length..],
        _ when parameter.StartsWith("encoder.", StringComparison.Ordinal) => "visual.transformer." + parameter["encoder.".Length..],
        _ => "visual." + parameter[(parameter.IndexOf('.') + 1)..], // pre_encoder.conv1.weight, post_encoder.proj, misc.*
    };

    /// <summary>Parameters for a tower of that shape (patch stem, class token).</summary>
    /// <param name="shape">Width, layers and embedding are the image tower's; grid, patch and channels may differ.</param>
    /// <param name="source">The tensor of an OpenAI name, or null.</param>
    /// <param name="where">Path of the source, for messages.</param>
    /// <exception cref="FileFormatException">A tensor is missing or does not fit.</exception>
    public static ParameterSet Load(AudioTowerShape shape, Func<string, Tensor?> source, string where) =>
        ParameterSet.Load(
            shape.Layout(),
            name => source(NameOf(name)) is not { } tensor ? null : name switch
            {
                "misc.positional_embedding" => Positions(tensor, shape),
                "pre_encoder.conv1.weight" => Kernels(tensor, shape),
                _ => tensor,
            },
            where);

    /// <summary>The start of an audio tower from an image tower that is loaded already (<see cref="SoundModel.Image"/>).</summary>
    /// <param name="shape">Width, layers, MLP and embedding are the image tower's; grid, patch and channels may differ.</param>
    /// <param name="image">Its parameters.</param>
    /// <param name="where">Path of the source, for messages.</param>
    /// <exception cref="FileFormatException">A tensor is missing or does not fit.</exception>
    public static ParameterSet Load(AudioTowerShape shape, ParameterSet image, string where)
    {
        Dictionary<string, Tensor> byName = image.Tensors.ToDictionary(t => NameOf(t.Name));
        return Load(shape, byName.GetValueOrDefault, where);
    }

    /// <summary>[1 + n*n, width] to [1 + rows * columns, width]; left alone if the count is right or is no square.</summary>
    internal static Tensor Positions(Tensor positions, AudioTowerShape shape)
    {
        int tokens = positions.Shape[0] - 1, side = (int)Math.Sqrt(Math.Max(0, tokens)), rows = shape.GridRows(shape.Frames);
        if (positions.Shape.Length != 2 || tokens == rows * shape.GridColumns || side * side != tokens || side == 0)
        {
            return positions;
        }
        int width = positions.Shape[1];
        float[] grid = PositionGrid.Resize(positions.Span[width..], side, side, rows, shape.GridColumns, width);
        return new Tensor(positions.Name, [1 + rows * shape.GridColumns, width], (float[])[.. positions.Span[..width], .. grid]);
    }

    /// <summary>[width, 3, n, n] to [width, channels, patch height, patch width].</summary>
    private static Tensor Kernels(Tensor kernels, AudioTowerShape shape)
    {
        if (kernels.Shape is not [int outputs, int inputs, int height, int width])
        {
            return kernels;
        }
        int area = shape.PatchHeight * shape.PatchWidth, planes = outputs * inputs;
        float[] resized = new float[planes * area];
        for (int p = 0; p < planes; p++)
        {
            // A kernel's plane is a grid of one value per place.
            PositionGrid.Resize(kernels.Span.Slice(p * height * width, height * width), height, width, shape.PatchHeight, shape.PatchWidth, 1)
                .CopyTo(resized, p * area);
        }
        if (shape.Channels == inputs || shape.Channels != 1)
        {
            return new Tensor(kernels.Name, [outputs, inputs, shape.PatchHeight, shape.PatchWidth], resized);
        }
        float[] mean = new float[outputs * area];
        for (int p = 0; p < planes; p++)
        {
            Span<float> target = mean.AsSpan(p / inputs * area, area);
            TensorPrimitives.Add(target, resized.AsSpan(p * area, area), target);
        }
        TensorPrimitives.Divide(mean, inputs, mean);
        return new Tensor(kernels.Name, [outputs, 1, shape.PatchHeight, shape.PatchWidth], mean);
    }
}
