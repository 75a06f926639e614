import { Get } from '@nestjs/common';
import { ApiController } from './api.controller.ts';
import { openApiDocument } from './openapi.ts';

@ApiController()
export class OpenApiController {
  private readonly document = openApiDocument();

  @Get('v1/openapi.json')
  openApi(): object {
    return this.document;
  }
}
