/**
 * The graphics card's programs that are not NiiVue's own.
 *
 * How a label volume gets its colours on the graphics card. NiiVue's own way makes every shown label as opaque as the next,
 * fades edges, and smears labels past the volume's end; here each label has the opacity of its look-up table.
 */
const LABELS = `#version 300 es
precision highp int;
precision highp float;
uniform highp usampler3D intensityVol;
in vec2 TexCoord;
out vec4 FragColor;
uniform float coordZ;
uniform float layer;
uniform highp sampler2D colormap;
uniform lowp sampler3D blend3D;
uniform float opacity;
uniform mat4 mtx;
void main(void) {
  vec4 below = layer < 1.5 ? vec4(0.0) : texture(blend3D, vec3(TexCoord.xy, coordZ));
  vec3 at = (vec4(TexCoord.xy, coordZ, 1.0) * mtx).xyz;
  FragColor = below;
  if (any(lessThan(at, vec3(0.0))) || any(greaterThan(at, vec3(1.0)))) return;
  int index = int(texture(intensityVol, at).r);
  if (index == 0) return;
  vec4 colour = texelFetch(colormap, ivec2(index, 0), 0);
  float alpha = colour.a * opacity;
  float sum = alpha + (1.0 - alpha) * below.a;
  if (sum <= 0.0) return;
  FragColor = vec4((colour.rgb * alpha + below.rgb * below.a * (1.0 - alpha)) / sum, sum);
}`;

/** Overlays in 3-D, lit from where one looks: NiiVue gives them one flat colour. */
const LIT = `
vec4 lit(vec3 at, vec3 ray) {
  vec4 colour = texture(overlay, at);
  if (colour.a < 0.01) return colour;
  vec3 size = vec3(textureSize(overlay, 0));
  vec3 by = 1.5 / size;
  vec3 slope = vec3(
    texture(overlay, at - vec3(by.x, 0, 0)).a - texture(overlay, at + vec3(by.x, 0, 0)).a,
    texture(overlay, at - vec3(0, by.y, 0)).a - texture(overlay, at + vec3(0, by.y, 0)).a,
    texture(overlay, at - vec3(0, 0, by.z)).a - texture(overlay, at + vec3(0, 0, by.z)).a);
  float steep = length(slope);
  if (steep < 0.02) return colour;
  vec4 inside = texture(overlay, at - by * slope / steep);
  if (inside.a > colour.a) colour.rgb = inside.rgb;
  colour.rgb *= 0.3 + 0.7 * abs(dot(normalize(slope * size), normalize(ray * size)));
  return colour;
}
void main(`;
const THEIR_SAMPLE = "vec4 colorSample = texture(overlay, samplePos.xyz);";

/** Let NiiVue draw label volumes (unsigned, NIfTI intent 1002) with our shader, and light what it shows over the scan in 3-D. */
export function useShaders(niivue) {
  const { gl } = niivue;
  const theirs = niivue.orientShaderAtlasU;
  niivue.orientShaderAtlasU = new theirs.constructor(gl, source(gl, theirs, gl.VERTEX_SHADER), LABELS);
  const render = source(gl, niivue.renderShader, gl.FRAGMENT_SHADER);
  const lit = render.replace("void main(", LIT).replace(THEIR_SAMPLE, "vec4 colorSample = lit(samplePos.xyz, dir);");
  const shader = new theirs.constructor(gl, source(gl, niivue.renderShader, gl.VERTEX_SHADER), lit);
  niivue.initRenderShader(shader);
  niivue.renderShader = shader;
}

function source(gl, { program }, type) {
  return gl.getShaderSource(gl.getAttachedShaders(program).find((shader) => gl.getShaderParameter(shader, gl.SHADER_TYPE) === type));
}
